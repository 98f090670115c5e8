// Counts the ways to assign candidates to ids. Each candidate, in order, goes to the next free id
// of some group or to none; every id must get a candidate of its shape. The assignments ("deals")
// are counted, not listed:
//
//   candidates a(3) b(3) c(5), group [3 5]:   a c, b c   -> 2 deals; id 0 can be a or b, id 1 is c
//
// A state of the count is how many ids of each group are assigned; with up to four groups few
// states can be reached.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// The number of assignments, and what they have in common.
struct Deals {
  std::uint64_t count = 0;  ///< saturates at 2^64 - 1
  double count_bits = 0;    ///< log2 of the count; does not saturate
  /// By flat id: the candidates that it gets in some deal, ascending.
  std::vector<Indices> can_be = {};
};

inline constexpr std::size_t most_groups_to_deal = 4;

/// Nothing when there are too many groups or states to count.
std::optional<Deals> count_deals(const Problem& problem);

/// For problems that cannot be counted: by flat id, the candidates of its shape. They include all
/// candidates of all deals, and perhaps more. Empty when there are fewer candidates of a shape than
/// ids of that shape, or too many to list.
std::vector<Indices> names_by_shape(const Problem& problem);

}  // namespace ckpt::optim
