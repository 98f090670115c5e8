// The loops of statistics over a chunk of numbers that fits the first-level cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ckpt::tensor {

/// The mean as its distance from a number nearby, so that none of its digits are lost, and the sum
/// of squares around it.
struct Moments {
  double mean_offset = 0;
  double squares_around_mean = 0;
};
/// Of at least one number.
Moments moments_of(std::span<const float> numbers, double origin);
Moments moments_of(std::span<const double> numbers, double origin);

/// Of at least one number; minimum, maximum and zero_count mean something only when all are finite.
template <class Number>
struct Extent {
  Number minimum{};
  Number maximum{};
  std::size_t zero_count = 0;
  bool is_finite = true;
};
Extent<float> extent_of(std::span<const float> numbers);
Extent<double> extent_of(std::span<const double> numbers);
Extent<std::int64_t> extent_of(std::span<const std::int64_t> numbers);
Extent<std::uint64_t> extent_of(std::span<const std::uint64_t> numbers);

}  // namespace ckpt::tensor
