#include "ckpt/tensor/read_numbers.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "tensor/sample_tensors.hpp"

namespace ckpt::tensor {
namespace {

using namespace samples;

template <class Number>
std::vector<Number> numbers(const Sample& sample) {
  return read_numbers<Number>(sample.tree.storage_of(sample.tensor), sample.tensor);
}

TEST_CASE("elements of any real type are read as numbers, in row-major order") {
  CHECK(numbers<float>(flat<double>(DType::float64, {0.1, 1e300})) ==
        std::vector<float>{0.1F, std::numeric_limits<float>::infinity()});
  CHECK(numbers<double>(flat<std::uint16_t>(DType::bfloat16, {0x3fc0, 0xff80})) ==
        std::vector<double>{1.5, -std::numeric_limits<double>::infinity()});
  CHECK(numbers<std::int64_t>(flat<float>(DType::float32, {-1.5F, 2.9F})) ==
        std::vector<std::int64_t>{-1, 2});
  CHECK(numbers<std::uint8_t>(flat<std::int32_t>(DType::int32, {255, 256})) ==
        std::vector<std::uint8_t>{255, 0});
  const Sample turned = sample_of(counting(6), DType::int32, {{2, 3}, {1, 2}, 0});
  CHECK(numbers<double>(turned) == std::vector<double>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("a tensor without elements has no numbers, one without bytes is refused") {
  CHECK(numbers<float>(flat<float>(DType::float32, {})).empty());
  Sample meta;
  meta.tensor.layout = {{2}, {1}, 0};
  meta.tensor.form = model::TensorForm::strided;
  CHECK_THROWS_AS(numbers<float>(meta), Error);
}

}  // namespace
}  // namespace ckpt::tensor
