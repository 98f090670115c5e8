// Two checkpoints of which (almost) no name agrees, but would with one prefix or wrapper less.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "ckpt/diff/difference.hpp"

namespace ckpt::diff {

struct PrefixHint {
  std::string option = {};         ///< "--strip-wrappers", "--strip-prefix backbone."
  std::size_t matching_count = 0;  ///< tensors of the root that then have a partner of their shape
  std::size_t tensor_count = 0;    ///< of the root of the side that has fewer
};

/// The option with which most names of root tensors agree, where that is at least half of them and
/// more than twice as many as now.
std::optional<PrefixHint> find_prefix_hint(const Side& a, const Side& b, const Result& result);

}  // namespace ckpt::diff
