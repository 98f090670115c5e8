// Removes the prefixes that wrappers (parallel, compiled, checkpointed modules) put into names.
#pragma once

#include <string>
#include <string_view>

namespace ckpt::optim {

/// "module._orig_mod.fc.weight" -> "fc.weight".
std::string without_wrappers(std::string_view name);

}  // namespace ckpt::optim
