// The loops of statistics over a chunk that fits in the first-level cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ckpt/base/bytes.hpp"

namespace ckpt::tensor {

/// The mean as its distance from a nearby number, so that no digits are lost, and the sum of
/// squares around the mean.
struct Moments {
  double mean_offset = 0;
  double squares_around_mean = 0;
};

template <class Number>
struct NumberSummary {
  bool is_finite = true;  ///< all numbers and their squares are finite; else the extremes mean
                          ///< nothing
  Number minimum{};
  Number maximum{};
  std::size_t zero_count = 0;
  Moments moments;  ///< its mean is the distance from `origin`
};
/// The summary of at least one float, double, or integer of 16 to 64 bits. Squares lose digits when
/// `origin` is far from the mean.
/// are lost where the origin is far from the mean.
template <class Number>
NumberSummary<Number> summarize(ByteView numbers, double origin);

}  // namespace ckpt::tensor
