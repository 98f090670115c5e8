#include "ckpt/tensor/read_numbers.hpp"

#include <span>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/model/read_fully.hpp"
#include "ckpt/tensor/lazy_tensor.hpp"

namespace ckpt::tensor {

namespace {

using model::DType;

template <class Number>
constexpr DType dtype_for = DType::float64;
template <>
constexpr DType dtype_for<float> = DType::float32;
template <>
constexpr DType dtype_for<std::int64_t> = DType::int64;
template <>
constexpr DType dtype_for<std::uint8_t> = DType::uint8;

}  // namespace

template <class Number>
std::vector<Number> read_numbers(const model::Storage& storage, const model::Tensor& tensor) {
  const std::shared_ptr<const model::Blob> dense =
      converted(LazyTensor(storage, tensor), dtype_for<Number>).dense();
  std::vector<Number> numbers(static_cast<std::size_t>(dense->size_bytes()) / sizeof(Number));
  model::read_exactly(*dense, 0, std::as_writable_bytes(std::span(numbers)));
  return numbers;
}

template std::vector<float> read_numbers<float>(const model::Storage&, const model::Tensor&);
template std::vector<double> read_numbers<double>(const model::Storage&, const model::Tensor&);
template std::vector<std::int64_t> read_numbers<std::int64_t>(const model::Storage&,
                                                              const model::Tensor&);
template std::vector<std::uint8_t> read_numbers<std::uint8_t>(const model::Storage&,
                                                              const model::Tensor&);

}  // namespace ckpt::tensor
