#include "tensor/read/transpose.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/bytes.hpp"

using namespace ckpt;

namespace {

/// Bytes that repeat only after 251, which no size of an element or a matrix divides.
Bytes counted_bytes(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i % 251);
  return bytes;
}

}  // namespace

TEST_CASE("a matrix of any size and any elements is transposed, and nothing beside it is written") {
  constexpr std::byte untouched{255};
  for (const std::size_t width : {1U, 2U, 4U, 8U, 16U})
    for (const std::size_t rows : {1U, 2U, 9U, 16U, 33U, 64U, 70U, 131U})
      for (const std::size_t columns : {1U, 3U, 8U, 16U, 31U, 64U, 65U, 130U}) {
        const tensor::Transposition matrix{rows, columns, columns + 3, rows + 5};
        const Bytes from = counted_bytes(rows * matrix.from_stride * width);
        Bytes expected(columns * matrix.to_stride * width, untouched);
        for (std::size_t row = 0; row < rows; ++row)
          for (std::size_t column = 0; column < columns; ++column)
            for (std::size_t byte = 0; byte < width; ++byte)
              expected[(column * matrix.to_stride + row) * width + byte] =
                  from[(row * matrix.from_stride + column) * width + byte];
        Bytes to(expected.size(), untouched);
        tensor::transpose(from.data(), to.data(), matrix, width);
        CAPTURE(width);
        CAPTURE(rows);
        CAPTURE(columns);
        CHECK(to == expected);
      }
}
