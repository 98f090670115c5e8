// The inner loops of comparing. A few hundred elements at a time are widened to double, so that one
// loop over doubles serves every dtype and its data stays in the first-level cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ckpt/model/dtype.hpp"
#include "tensor/lanes/double_vectors.hpp"

namespace ckpt::tensor {

inline constexpr std::size_t chunk_elements = 512;
static_assert(chunk_elements % lane_count == 0);

using Chunk = std::array<double, chunk_elements>;

/// The numbers of both sides, and a - b. Filled with zeros from `count` to a multiple of
/// lane_count.
struct ChunkPair {
  alignas(64) Chunk a;
  alignas(64) Chunk b;
  alignas(64) Chunk difference;
  std::size_t count = 0;
};

/// The sums over one chunk of pairs, from which all figures are computed.
struct ChunkSums {
  std::uint64_t not_finite_count = 0;  ///< pairs in which a number is not finite
  std::uint64_t unequal_count = 0;     ///< finite pairs with different numbers
  std::uint64_t beyond_count = 0;      ///< finite pairs with |a - b| > atol + rtol * |b|
  double abs = 0;
  double squares = 0;
  double a_squares = 0;
  double b_squares = 0;
  double products = 0;
  double max_abs = 0;
  double max_relative = 0;
};

/// Whether each element of `dtype` is one real number.
bool is_real_number(model::DType dtype);

/// `count` elements of a real dtype as doubles; exact except for integers beyond 2^53.
void widen_elements(model::DType dtype, const std::byte* elements, std::size_t count, Chunk& out);

/// Fills `pair.difference`; exact also for two 64-bit integers of one dtype.
void subtract(model::DType a, model::DType b, const std::byte* elements_a,
              const std::byte* elements_b, ChunkPair& pair);

ChunkSums sum_chunk(const ChunkPair& pair, double absolute_tolerance, double relative_tolerance);

struct SquareSum {
  std::uint64_t not_finite_count = 0;
  double squares = 0;
};
/// The sum of the squares of `count` numbers.
SquareSum sum_squares(const Chunk& numbers, std::size_t count);

/// How many of `count` elements (at most 2^32 - 1) of `width_bytes` bytes differ in any bit.
std::uint64_t count_unequal(const std::byte* a, const std::byte* b, std::size_t count,
                            std::size_t width_bytes);

/// How many steps between neighbouring numbers of a floating dtype lead from a to b; for integers
/// the distance; the largest value when one is NaN.
std::uint64_t ulp_distance(model::DType dtype, const std::byte* a, const std::byte* b);

}  // namespace ckpt::tensor
