// Several tensors made one: the numbers, the strides, and reading from any byte.
#include "ckpt/tensor/combine.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "tensor/sample_tensors.hpp"

namespace ckpt::tensor {
namespace {

using namespace samples;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

Input input(const Sample& sample, double weight = 1, double divisor = 1) {
  return {sample.tree.storage_of(sample.tensor), sample.tensor, weight, divisor};
}

template <class Number>
std::vector<Number> elements_of(const Combination& combination) {
  Sample result;
  result.tensor = combined(result.tree, combination);
  return samples::elements_of<Number>(result);
}

TEST_CASE("a weighted sum is computed in double and rounded once") {
  const Sample a = flat<float>(DType::float32, {1, 16777216, 0.1F});
  const Sample b = flat<float>(DType::float32, {2, 1, 0.2F});
  const Sample c = flat<float>(DType::float32, {3, 1, 0.3F});
  const std::vector<float> mean =
      elements_of<float>({.inputs = {input(a, 1.0 / 3), input(b, 1.0 / 3), input(c, 1.0 / 3)}});
  const double third = 1.0 / 3;
  CHECK(mean[0] == 2);
  // In float32 the ones would be lost one after the other.
  CHECK(mean[1] == static_cast<float>(16777216 * third + third + third));
  CHECK(mean[2] ==
        static_cast<float>(double{0.1F} * third + double{0.2F} * third + double{0.3F} * third));
}

TEST_CASE("divisors apply before weights, the scale to the sum") {
  const Sample a = flat<double>(DType::float64, {6});
  const Sample b = flat<double>(DType::float64, {10});
  CHECK(elements_of<double>({.scale = 7, .inputs = {input(a, 0.5, 3), input(b, 0.25, 5)}}) ==
        std::vector<double>{7 * (6.0 / 3 * 0.5 + 10.0 / 5 * 0.25)});
}

TEST_CASE("the maximum of anything and NaN is NaN, wherever it stands") {
  const Sample a = flat<float>(DType::float32, {1, not_a_number, 3, -1});
  const Sample b = flat<float>(DType::float32, {2, 5, not_a_number, -2});
  const std::vector<float> largest =
      elements_of<float>({.operation = Operation::maximum, .inputs = {input(a), input(b)}});
  CHECK(largest[0] == 2);
  CHECK(std::isnan(largest[1]));
  CHECK(std::isnan(largest[2]));
  CHECK(largest[3] == -1);
}

TEST_CASE("the geometric mean of 2 and 8 is 4") {
  const Sample a = flat<double>(DType::float64, {2});
  const Sample b = flat<double>(DType::float64, {8});
  CHECK(elements_of<double>({.operation = Operation::geometric_mean,
                             .inputs = {input(a, 0.5), input(b, 0.5)}})[0] ==
        doctest::Approx(4).epsilon(1e-15));
}

TEST_CASE("complex numbers are combined part by part") {
  const Sample a = sample_of(bytes_of(std::vector<float>{1, 2}), DType::complex64, {{1}, {1}, 0});
  const Sample b = sample_of(bytes_of(std::vector<float>{3, -6}), DType::complex64, {{1}, {1}, 0});
  CHECK(elements_of<float>({.inputs = {input(a, 0.5), input(b, 0.5)}}) ==
        std::vector<float>{2, -2});
}

TEST_CASE("strides on which all agree stay, others become contiguous; the values are the same") {
  const std::vector<float> numbers{0, 1, 2, 3, 4, 5};
  const Sample columns = sample_of(bytes_of(numbers), DType::float32, {{2, 3}, {1, 2}, 0});
  const Sample rows = sample_of(bytes_of(numbers), DType::float32, {{2, 3}, {3, 1}, 0});
  Sample tied;
  tied.tensor = combined(tied.tree, {.inputs = {input(columns, 0.5), input(columns, 0.5)}});
  CHECK(tied.tensor.layout.stride_elements == std::vector<std::int64_t>{1, 2});
  CHECK(samples::elements_of<float>(tied) == std::vector<float>{0, 2, 4, 1, 3, 5});
  Sample mixed;
  mixed.tensor = combined(mixed.tree, {.inputs = {input(columns, 1), input(rows, 1)}});
  CHECK(mixed.tensor.layout.stride_elements == std::vector<std::int64_t>{3, 1});
  CHECK(samples::elements_of<float>(mixed) == std::vector<float>{0, 3, 6, 4, 7, 10});
}

TEST_CASE("the result can be read from any byte, in blocks of any size") {
  std::vector<double> numbers(5000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i) + 0.25;
  const Sample a = flat(DType::float64, numbers);
  Sample result;
  result.tensor = combined(result.tree, {.inputs = {input(a, 2)}});
  const model::Blob& blob = *result.tree.storage_of(result.tensor).blob;
  for (double& number : numbers) number *= 2;
  const Bytes expected = bytes_of(numbers);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{3}, std::size_t{8191 * 4 + 1}}) {
    Bytes rest(expected.size() - offset);
    model::read_exactly(blob, offset, rest);
    CHECK(std::equal(rest.begin(), rest.end(),
                     expected.begin() + static_cast<std::ptrdiff_t>(offset)));
  }
}

TEST_CASE("every operation has a row and a name of its own") {
  for (const OperationRow& row : operation_table()) {
    CHECK((row.combine != nullptr));
    for (const OperationRow& other : operation_table())
      CHECK((&row == &other || row.name != other.name));
  }
}

}  // namespace
}  // namespace ckpt::tensor
