// The words of a path that tell one model of a file from another: "g" of "opt_g" and "netG".
#pragma once

#include <string>
#include <string_view>

namespace ckpt::optim {

/// How many telling words the paths share; a word and its beginning count as one: g, generator.
int words_in_common(const std::string& a, const std::string& b);

/// Whether a path or key names an average of weights: ema, swa_model, params_ema, ...
bool names_an_average(std::string_view path);

}  // namespace ckpt::optim
