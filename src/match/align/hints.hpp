// Decides which pairs the hints of the caller allow.
#pragma once

#include <span>
#include <vector>

#include "match/align/side.hpp"

namespace ckpt::match {

class HintFilter {
 public:
  HintFilter(std::span<const AlignHint> hints, const Side& a, const Side& b);

  /// True when no hint concerns either unit, or one hint concerns both.
  bool allows(std::size_t i, std::size_t j) const;

 private:
  using HintsOfUnits = std::vector<std::vector<std::uint32_t>>;

  HintsOfUnits of_a_, of_b_;
};

/// Whether `key` contains `hint`: "layer.1" is in "layer.1.bias", but not in "layer.10.bias".
bool holds_hint(std::string_view key, std::string_view hint);

}  // namespace ckpt::match
