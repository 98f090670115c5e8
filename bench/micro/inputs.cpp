#include "inputs.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

#include "ckpt/tensor/cast.hpp"

namespace bench {

using ckpt::Bytes;
using ckpt::model::DType;

namespace {

class Random {
 public:
  explicit Random(unsigned seed) : state_(seed) {}

  std::int32_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int32_t>(state_ >> 32);
  }

 private:
  std::uint64_t state_;
};

template <class Make>
Bytes make_bytes(std::size_t count, Make make) {
  using Number = decltype(make());
  Bytes bytes(count * sizeof(Number));
  for (std::size_t i = 0; i < count; ++i) {
    const Number number = make();
    std::memcpy(bytes.data() + i * sizeof(Number), &number, sizeof(Number));
  }
  return bytes;
}

}  // namespace

Bytes make_elements(DType dtype, std::size_t byte_count, unsigned seed) {
  Random random(seed);
  const ckpt::model::DTypeRow& row = ckpt::model::row_of(dtype);
  if (dtype == DType::int64)
    return make_bytes(byte_count / sizeof(std::int64_t),
                      [&] { return std::int64_t{random.next()}; });
  if (row.number_class != ckpt::model::NumberClass::floating)
    return make_bytes(byte_count / sizeof(std::int32_t), [&] { return random.next(); });
  const std::size_t count = byte_count / row.size_bytes;
  const Bytes floats =
      make_bytes(count, [&] { return static_cast<float>(random.next()) / 2147483648.0F; });
  Bytes elements(count * row.size_bytes);
  ckpt::tensor::cast_elements(DType::float32, dtype, floats, elements);
  return elements;
}

ckpt::model::NodeId add_vector(ckpt::model::Tree& tree, DType dtype, Bytes elements) {
  const std::size_t count = elements.size() / ckpt::model::row_of(dtype).size_bytes;
  const ckpt::model::NodeId node = tree.add();
  tree.fill_tensor(
      node, {.dtype = dtype,
             .layout = {.shape = {static_cast<std::int64_t>(count)}, .stride_elements = {1}},
             .storage = tree.add_storage(
                 {.blob = ckpt::model::make_memory_blob(std::move(elements)), .dtype = dtype})});
  return node;
}

}  // namespace bench
