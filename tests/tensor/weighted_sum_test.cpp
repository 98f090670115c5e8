#include "ckpt/tensor/weighted_sum.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "ckpt/base/error.hpp"
#include "tensor/sample_tensors.hpp"

using namespace ckpt;
using namespace samples;
using tensor::TermPlace;

namespace {

template <class Number>
std::vector<Number> stored(DType dtype, const std::vector<double>& numbers) {
  std::vector<Number> elements(numbers.size());
  tensor::store_numbers(dtype, numbers, std::as_writable_bytes(std::span(elements)));
  return elements;
}

}  // namespace

TEST_CASE("the first term replaces what sums were, later ones are added") {
  std::vector<double> sums(3, std::numeric_limits<double>::quiet_NaN());
  const Bytes first = bytes_of(std::vector<float>{1, 2, -0.0F});
  tensor::add_term(DType::float32, first, {.weight = 0.5, .place = TermPlace::first}, sums);
  CHECK(sums == std::vector<double>{0.5, 1, 0});
  CHECK(std::signbit(sums[2]));
  const Bytes later = bytes_of(std::vector<std::int64_t>{4, -8, 16});
  tensor::add_term(DType::int64, later, {.weight = 3, .divisor = 4}, sums);
  CHECK(sums == std::vector<double>{3.5, -5, 12});
}

// >>> 0.1 * 3 - 0.3, in Python; at once, without rounding the product, it would be half of that.
TEST_CASE("a product is rounded before it is added") {
  std::vector<double> sums(9, -0.3);
  const Bytes elements = bytes_of(std::vector<double>(9, 0.1));
  tensor::add_term(DType::float64, elements, {.weight = 3}, sums);
  CHECK(sums == std::vector<double>(9, 5.551115123125783e-17));
}

TEST_CASE("integers lose their fraction, at either end of their range too") {
  using Bytes8 = std::vector<std::int8_t>;
  CHECK(stored<std::int8_t>(DType::int8, {-128, -1.9, 1.9, 127.5, -128.5}) ==
        Bytes8{-128, -1, 1, 127, -128});
  CHECK(stored<std::uint64_t>(DType::uint64, {0x1p63, 0x1p64 - 2048, 0.5}) ==
        std::vector<std::uint64_t>{std::uint64_t{1} << 63, ~std::uint64_t{0} - 2047, 0});
  CHECK(stored<std::int64_t>(DType::int64, {-0x1p63, 0x1p63 - 1024}) ==
        std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max() - 1023});
  CHECK(stored<std::uint8_t>(DType::boolean, {0, 0.25, -3}) == std::vector<std::uint8_t>{0, 1, 1});
}

TEST_CASE("a number outside the range of the integers is refused") {
  CHECK_THROWS_WITH_AS(stored<std::int8_t>(DType::int8, {1, 200}), "200 is not a value of int8",
                       Error);
}
