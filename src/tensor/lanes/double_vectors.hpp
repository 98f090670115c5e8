// Four doubles at a time, for the loops of comparing and statistics. Vectors are passed by
// reference, because the convention for passing them by value differs between clones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace ckpt::tensor {

// All running sums and four numbers together just fit into the registers of AVX2.
inline constexpr std::size_t lane_count = 4;
using Doubles = double __attribute__((vector_size(lane_count * sizeof(double))));
using Integers = std::int64_t __attribute__((vector_size(lane_count * sizeof(std::int64_t))));

/// The numbers where `mask` has all bits set, 0 where it has none.
[[gnu::always_inline]] inline void take_masked(const Doubles& numbers, const Integers& mask,
                                               Doubles& masked) {
  masked = reinterpret_cast<Doubles>(reinterpret_cast<Integers>(numbers) & mask);
}

[[gnu::always_inline]] inline void take_sign(const Doubles& numbers, Doubles& magnitudes) {
  constexpr std::int64_t all_but_sign = std::numeric_limits<std::int64_t>::max();
  take_masked(numbers, Integers{} + all_but_sign, magnitudes);
}

[[gnu::always_inline]] inline double sum_of(const Doubles& lanes) {
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

[[gnu::always_inline]] inline double max_of(const Doubles& lanes) {
  const double low = lanes[0] > lanes[1] ? lanes[0] : lanes[1];
  const double high = lanes[2] > lanes[3] ? lanes[2] : lanes[3];
  return low > high ? low : high;
}

[[gnu::always_inline]] inline std::uint64_t count_in(const Integers& lanes) {
  return static_cast<std::uint64_t>((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));
}

}  // namespace ckpt::tensor
