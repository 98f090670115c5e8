#include "ckpt/diff/value_sum.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "tensor/sample_tensors.hpp"

using ckpt::diff::find_value_sum;
using ckpt::model::DType;
using samples::Sample;

namespace {

std::uint64_t sum_of(const Sample& sample) {
  const auto sum = find_value_sum({sample.tree.storage_of(sample.tensor), sample.tensor});
  REQUIRE(sum);
  return *sum;
}

std::uint64_t sum_of(const std::vector<float>& numbers) {
  return sum_of(samples::flat(DType::float32, numbers));
}

}  // namespace

TEST_CASE("the order and the shape of values do not count, the values do") {
  CHECK(sum_of({1, 2, 3, 4}) == sum_of({4, 2, 1, 3}));
  CHECK(sum_of({1, 2, 3, 4}) != sum_of({1, 2, 3, 5}));
  CHECK(sum_of({1, 1, 2}) != sum_of({1, 2, 2}));
  CHECK(sum_of({0, 0}) != sum_of({0}));
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const Sample transposed =
      samples::sample_of(samples::bytes_of(numbers), DType::float32, {{3, 2}, {1, 3}, 0});
  CHECK(sum_of(transposed) == sum_of(numbers));
}

TEST_CASE("the sum of a whole is that of its parts") {
  CHECK(sum_of({1, 2, 3, 4}) == sum_of({1, 4}) + sum_of({2, 3}));
  CHECK(sum_of(std::vector<float>{}) == 0);
}

TEST_CASE("equal numbers of another dtype are equal") {
  CHECK(sum_of({1, -2, 0.5}) == sum_of(samples::flat<double>(DType::float64, {1, -2, 0.5})));
  CHECK(sum_of({0.0F}) == sum_of({-0.0F}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(sum_of({nan}) == sum_of({-nan}));
}

TEST_CASE("what has no elements of its own has no sum") {
  Sample meta = samples::flat<float>(DType::float32, {1});
  meta.tensor.form = ckpt::model::TensorForm::meta;
  CHECK_FALSE(find_value_sum({meta.tree.storage_of(meta.tensor), meta.tensor}));
}
