// The assignment problem in numbers: candidates in order, ids by group, shapes as integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/optim/candidates.hpp"
#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

/// Of a candidate, in the order of the model part.
using Index = std::uint32_t;
using Indices = std::vector<Index>;

inline constexpr int any_shape = -1;
inline constexpr int any_group = -1;

/// One list of candidates and one optimizer.
struct Problem {
  std::vector<const Candidate*> candidates = {};
  std::vector<int> shape_of = {};             ///< by candidate
  std::vector<int> group_of = {};             ///< by candidate; any_group when nobody assigned one
  std::vector<std::vector<int>> groups = {};  ///< the shape of each id, or any_shape
  std::vector<ChildOrder> child_orders = {};  ///< given by the user

  std::size_t id_count() const;
  /// The shapes of all ids, group by group.
  std::vector<int> flat() const;
  bool fits(Index candidate, int wanted) const {
    return wanted == any_shape || wanted == shape_of[candidate];
  }
  /// Whether `names`, one per flat id, agree with every known shape.
  bool fit(const Indices& names) const;
  const std::string& name(Index candidate) const { return candidates[candidate]->name; }
  std::vector<std::string> names(const Indices& indices) const;
};

/// `groups` hold the shape of each id, if known.
Problem make_problem(std::vector<const Candidate*> candidates,
                     const std::vector<std::vector<std::optional<Shape>>>& groups);

}  // namespace ckpt::optim
