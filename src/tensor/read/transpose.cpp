// Transposes in tiles of one cache line by one cache line, so that a line fetched for one element
// is still in the cache for its neighbours. A tile is processed in squares of 16 bytes by n rows,
// which fit in vector registers. Interleaving the upper half of the rows with the lower half,
// log2(n) times, transposes a square:
//
//   a0 a1 a2 a3      a0 c0 a1 c1      a0 b0 c0 d0
//   b0 b1 b2 b3      a2 c2 a3 c3      a1 b1 c1 d1
//   c0 c1 c2 c3  ->  b0 d0 b1 d1  ->  a2 b2 c2 d2
//   d0 d1 d2 d3      b2 d2 b3 d3      a3 b3 c3 d3
#include "tensor/read/transpose.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace ckpt::tensor {

namespace {

constexpr std::size_t cache_line_bytes = 64;
constexpr std::size_t vector_bytes = 16;

using Bytes8 = std::uint8_t __attribute__((vector_size(vector_bytes / 2)));
using Bytes16 = std::uint8_t __attribute__((vector_size(vector_bytes)));
using Halves8 = std::uint16_t __attribute__((vector_size(vector_bytes)));
using Words4 = std::uint32_t __attribute__((vector_size(vector_bytes)));
using Longs2 = std::uint64_t __attribute__((vector_size(vector_bytes)));

// Vectors are passed by reference: passing them by value depends on the target.

void interleave(const Bytes8& a, const Bytes8& b, Bytes8& low, Bytes8& high) {
  low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

void interleave(const Bytes16& a, const Bytes16& b, Bytes16& low, Bytes16& high) {
  low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  high =
      __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

void interleave(const Halves8& a, const Halves8& b, Halves8& low, Halves8& high) {
  low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

void interleave(const Words4& a, const Words4& b, Words4& low, Words4& high) {
  low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
}

void interleave(const Longs2& a, const Longs2& b, Longs2& low, Longs2& high) {
  low = __builtin_shufflevector(a, b, 0, 2);
  high = __builtin_shufflevector(a, b, 1, 3);
}

/// Transposes `side` rows of `side` elements.
template <class Vector, std::size_t side>
void transpose_square(const std::byte* from, std::size_t from_stride_bytes, std::byte* to,
                      std::size_t to_stride_bytes) {
  std::array<Vector, side> rows;
  for (std::size_t i = 0; i < side; ++i)
    std::memcpy(&rows[i], from + i * from_stride_bytes, sizeof(Vector));
  for (std::size_t met = 1; met < side; met *= 2) {
    std::array<Vector, side> mixed;
    for (std::size_t i = 0; i < side / 2; ++i)
      interleave(rows[i], rows[i + side / 2], mixed[2 * i], mixed[2 * i + 1]);
    rows = mixed;
  }
  for (std::size_t i = 0; i < side; ++i)
    std::memcpy(to + i * to_stride_bytes, &rows[i], sizeof(Vector));
}

/// For the elements that are left at the edges.
template <std::size_t element_bytes>
void transpose_one_by_one(const std::byte* from, std::byte* to, const Transposition& part) {
  for (std::uint64_t column = 0; column < part.columns; ++column)
    for (std::uint64_t row = 0; row < part.rows; ++row)
      std::memcpy(to + (column * part.to_stride + row) * element_bytes,
                  from + (row * part.from_stride + column) * element_bytes, element_bytes);
}

template <class Vector>
void transpose_in_squares(const std::byte* from, std::byte* to, const Transposition& whole) {
  constexpr std::size_t element_bytes = sizeof(Vector{}[0]);
  constexpr std::size_t side = sizeof(Vector) / element_bytes;
  const std::uint64_t rows = whole.rows / side * side;
  const std::uint64_t columns = whole.columns / side * side;
  const auto from_at = [&](std::uint64_t row, std::uint64_t column) {
    return from + (row * whole.from_stride + column) * element_bytes;
  };
  const auto to_at = [&](std::uint64_t row, std::uint64_t column) {
    return to + (column * whole.to_stride + row) * element_bytes;
  };
  // Go down the rows first: this completes cache lines of the output, many of which compete for the
  // same few slots when the stride is a power of two.
  for (std::uint64_t column = 0; column < columns; column += side)
    for (std::uint64_t row = 0; row < rows; row += side)
      transpose_square<Vector, side>(from_at(row, column), whole.from_stride * element_bytes,
                                     to_at(row, column), whole.to_stride * element_bytes);
  Transposition edge = whole;
  edge.columns = whole.columns - columns;
  transpose_one_by_one<element_bytes>(from_at(0, columns), to_at(0, columns), edge);
  edge.rows = whole.rows - rows;
  edge.columns = columns;
  if constexpr (side == 16) {  // a 3 x 3 convolution has 9 rows
    transpose_in_squares<Bytes8>(from_at(rows, 0), to_at(rows, 0), edge);
  } else {
    transpose_one_by_one<element_bytes>(from_at(rows, 0), to_at(rows, 0), edge);
  }
}

void transpose_tile(const std::byte* from, std::byte* to, const Transposition& tile,
                    std::size_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return transpose_in_squares<Bytes16>(from, to, tile);
    case 2:
      return transpose_in_squares<Halves8>(from, to, tile);
    case 4:
      return transpose_in_squares<Words4>(from, to, tile);
    case 8:
      return transpose_in_squares<Longs2>(from, to, tile);
    default:
      return transpose_one_by_one<16>(from, to, tile);
  }
}

}  // namespace

void transpose(const std::byte* from, std::byte* to, const Transposition& transposition,
               std::size_t element_bytes) {
  const std::uint64_t side = cache_line_bytes / element_bytes;
  Transposition tile = transposition;
  for (std::uint64_t column = 0; column < transposition.columns; column += side) {
    tile.columns = std::min(side, transposition.columns - column);
    for (std::uint64_t row = 0; row < transposition.rows; row += side) {
      tile.rows = std::min(side, transposition.rows - row);
      transpose_tile(from + (row * tile.from_stride + column) * element_bytes,
                     to + (column * tile.to_stride + row) * element_bytes, tile, element_bytes);
    }
  }
}

}  // namespace ckpt::tensor
