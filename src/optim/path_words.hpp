// The words of a path that tell one model of a file from another: "g" of "opt_g" and "netG".
#pragma once

#include <string>

namespace ckpt::optim {

/// How many telling words the paths share; a word and its beginning count as one: g, generator.
int words_in_common(const std::string& a, const std::string& b);

}  // namespace ckpt::optim
