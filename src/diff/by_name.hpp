// Maps area and name to a leaf of one side.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/diff/leaves.hpp"

namespace ckpt::diff {

class LeavesByName {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  /// The index stored for the area and name of `leaf`; `none` at first.
  std::uint32_t& of(const Leaf& leaf) {
    const std::size_t at =
        static_cast<std::size_t>(leaf.name) * area_count + static_cast<std::size_t>(leaf.area);
    if (at >= indices_.size()) indices_.resize(std::max(at + 1, indices_.size() * 2), none);
    return indices_[at];
  }

 private:
  static constexpr std::size_t area_count = 4;

  std::vector<std::uint32_t> indices_;
};

}  // namespace ckpt::diff
