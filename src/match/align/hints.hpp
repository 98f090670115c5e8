// Which pairs the hints of the caller leave possible.
#pragma once

#include <span>
#include <vector>

#include "match/align/side.hpp"

namespace ckpt::match {

class HintFilter {
 public:
  HintFilter(std::span<const AlignHint> hints, const Side& a, const Side& b);

  /// Neither is in a hint, or both are in one.
  bool allows(std::size_t i, std::size_t j) const;

 private:
  using HintsOfUnits = std::vector<std::vector<std::uint32_t>>;

  HintsOfUnits of_a_, of_b_;
};

/// "layer.1" is in "layer.1.bias", not in "layer.10.bias".
bool holds_hint(std::string_view key, std::string_view hint);

}  // namespace ckpt::match
