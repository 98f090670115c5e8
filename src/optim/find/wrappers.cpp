#include "optim/find/wrappers.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ckpt/base/text.hpp"

namespace ckpt::optim {

std::string without_wrappers(std::string_view name) {
  constexpr std::array<std::string_view, 4> wrappers{"_orig_mod", "_fsdp_wrapped_module",
                                                     "_checkpoint_wrapped_module", "_module"};
  std::vector<std::string> kept;
  bool is_start = true;
  for (const std::string_view part : split(name, '.')) {
    const bool is_wrapper =
        std::ranges::find(wrappers, part) != wrappers.end() || (is_start && part == "module");
    if (is_wrapper) continue;
    is_start = false;
    kept.emplace_back(part);
  }
  return join(kept, ".");
}

}  // namespace ckpt::optim
