// The words of a path that tell the models of a file apart: "g" in "opt_g" and in "netG".
#pragma once

#include <string>

namespace ckpt::optim {

/// How many telling words both paths have. A word and its abbreviation count as equal: g,
/// generator.
int words_in_common(const std::string& a, const std::string& b);

}  // namespace ckpt::optim
