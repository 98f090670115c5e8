// All ways to deal the candidates, in order, each to the next free id of some group or to none, so
// that every id gets one and every known shape agrees. Counted, not listed:
//
//   candidates a(3) b(3) c(5), group [3 5]:   a c, b c   -> 2 deals; id 0 can be a or b, id 1 is c
//
// A state is how many ids of each group are taken; few are reachable for up to four groups.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

struct Deals {
  std::uint64_t count = 0;  ///< saturates at 2^64 - 1
  double count_bits = 0;    ///< log2 of it, which does not
  /// By flat id, ascending: the candidates it is given in some deal.
  std::vector<Indices> can_be = {};
};

inline constexpr std::size_t most_groups_to_deal = 4;

/// Nothing when there are too many groups or states to count.
std::optional<Deals> count_deals(const Problem& problem);

/// For problems that cannot be counted: by flat id, the candidates of its shape; every deal is
/// among these, and others may be. Empty when there are fewer candidates of a shape than ids that
/// want it, or too many names to list.
std::vector<Indices> names_by_shape(const Problem& problem);

}  // namespace ckpt::optim
