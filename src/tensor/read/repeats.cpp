#include "ckpt/tensor/repeats.hpp"

#include <utility>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::tensor {

namespace {

constexpr std::uint64_t most_repeated_bytes = std::uint64_t{64} << 30;
constexpr std::uint64_t most_repeats = 1024;

}  // namespace

Distinct without_repeats(model::Tensor tensor) {
  std::uint64_t repeats = 1;
  for (std::size_t i = 0; i < tensor.layout.shape.size(); ++i) {
    std::int64_t& size = tensor.layout.shape[i];
    if (tensor.layout.stride_elements[i] != 0 || size <= 1) continue;
    repeats = checked_multiply(repeats, static_cast<std::uint64_t>(size), "number of elements");
    size = 1;
  }
  return {std::move(tensor), repeats};
}

bool is_endless(const model::Storage& storage, const model::Tensor& tensor) {
  const std::uint64_t bytes = model::dense_bytes(tensor);
  return bytes > most_repeated_bytes && bytes / most_repeats > storage.size_bytes();
}

void refuse_endless(const model::Storage& storage, const model::Tensor& tensor) {
  if (is_endless(storage, tensor))
    throw Error(ErrorKind::limit,
                concat("its elements are ", model::dense_bytes(tensor), " bytes, and its storage ",
                       counted(storage.size_bytes(), "byte"), ": too many repeats to be read"));
}

}  // namespace ckpt::tensor
