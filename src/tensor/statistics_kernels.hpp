// The loops of statistics over a chunk of numbers that fits the first-level cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// The mean as its distance from a number nearby, so that none of its digits are lost, and the sum
/// of squares around it.
struct Moments {
  double mean_offset = 0;
  double squares_around_mean = 0;
};

template <class Float>
struct FloatSummary {
  bool is_finite = true;  ///< all numbers and their squares are; else the extremes mean nothing
  Float minimum{};
  Float maximum{};
  std::size_t zero_count = 0;
  Moments moments;  ///< the mean as its distance from `origin`
};
/// Of the bytes of at least one float or double. Digits of the squares are lost where the origin is
/// far from the mean.
template <class Float>
FloatSummary<Float> summarize(ByteView numbers, double origin);

/// Sums are exact.
struct ByteSummary {
  double minimum = 0;
  double maximum = 0;
  std::size_t zero_count = 0;
  double sum = 0;
  double squares = 0;
};
/// Whether elements are integers or booleans of one byte.
bool is_byte_integer(model::DType dtype);
/// Of 1 to 2048 such elements.
ByteSummary summarize_bytes(model::DType dtype, ByteView elements);

template <class Integer>
struct IntegerExtent {
  Integer minimum{};
  Integer maximum{};
  std::size_t zero_count = 0;
};
/// Of at least one number.
IntegerExtent<std::int64_t> extent_of(std::span<const std::int64_t> numbers);
IntegerExtent<std::uint64_t> extent_of(std::span<const std::uint64_t> numbers);

}  // namespace ckpt::tensor
