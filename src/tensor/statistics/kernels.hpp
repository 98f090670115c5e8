// The loops of statistics over a chunk of numbers that fits the first-level cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ckpt/base/bytes.hpp"

namespace ckpt::tensor {

/// The mean as its distance from a number nearby, so that none of its digits are lost, and the sum
/// of squares around it.
struct Moments {
  double mean_offset = 0;
  double squares_around_mean = 0;
};

template <class Number>
struct NumberSummary {
  bool is_finite = true;  ///< all numbers and their squares are; else the extremes mean nothing
  Number minimum{};
  Number maximum{};
  std::size_t zero_count = 0;
  Moments moments;  ///< the mean as its distance from `origin`
};
/// Of the bytes of at least one float, double, or integer of 16 to 64 bits. Digits of the squares
/// are lost where the origin is far from the mean.
template <class Number>
NumberSummary<Number> summarize(ByteView numbers, double origin);

}  // namespace ckpt::tensor
