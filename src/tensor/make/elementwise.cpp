// Tensors whose elements are computed one by one while they are read: plus a number, times a
// number, or converted to another type.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/page_block.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/read_fully.hpp"
#include "ckpt/tensor/cast.hpp"
#include "ckpt/tensor/elements.hpp"
#include "ckpt/tensor/lazy_tensor.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

using Source = std::shared_ptr<const model::Blob>;
/// Turns whole elements into as many elements.
using Compute = std::function<void(ByteView in, std::span<std::byte> out)>;

constexpr std::size_t block_elements = 8192;

struct Kernel {
  Compute compute;
  std::size_t in_bytes;
  std::size_t out_bytes;
};

class ElementwiseStream : public model::BlobStream {
 public:
  ElementwiseStream(std::unique_ptr<model::BlobStream> source, const Kernel& kernel)
      : source_(std::move(source)), kernel_(kernel), in_(block_elements * kernel.in_bytes) {}

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      if (used_ == ready_.size() && !refill()) break;
      const std::size_t count = std::min(out.size() - filled, ready_.size() - used_);
      std::copy_n(ready_.data() + used_, count, out.data() + filled);
      filled += count;
      used_ += count;
    }
    return filled;
  }

  void skip(std::size_t byte_count) {
    if (byte_count > 0 && refill()) used_ = byte_count;
  }

 private:
  bool refill() {
    const std::size_t elements = model::read_fully(*source_, in_.bytes()) / kernel_.in_bytes;
    ready_.resize(elements * kernel_.out_bytes);
    used_ = 0;
    if (elements == 0) return false;
    kernel_.compute(in_.first(elements * kernel_.in_bytes), ready_);
    return true;
  }

  std::unique_ptr<model::BlobStream> source_;
  const Kernel& kernel_;  // of the blob, which outlives its streams
  PageBlock in_;
  Bytes ready_;
  std::size_t used_ = 0;
};

class ElementwiseBlob : public model::Blob {
 public:
  ElementwiseBlob(Source source, Kernel kernel)
      : source_(std::move(source)), kernel_(std::move(kernel)) {}

  std::uint64_t size_bytes() const override {
    return source_->size_bytes() / kernel_.in_bytes * kernel_.out_bytes;
  }
  bool reads(const FileIdentity& file) const override { return source_->reads(file); }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    const std::uint64_t first = offset / kernel_.out_bytes;
    auto stream =
        std::make_unique<ElementwiseStream>(source_->open(first * kernel_.in_bytes), kernel_);
    stream->skip(static_cast<std::size_t>(offset % kernel_.out_bytes));
    return stream;
  }

 private:
  Source source_;
  Kernel kernel_;
};

enum class Operation : std::uint8_t { sum, product };

/// Integers wrap: computed unsigned in 64 bits, then truncated.
template <class T>
T computed(T element, T number, Operation operation) {
  using Wide = std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>;
  const auto a = static_cast<Wide>(element);
  const auto b = static_cast<Wide>(number);
  return static_cast<T>(operation == Operation::sum ? a + b : a * b);
}

template <class T>
Kernel kernel_of(T number, Operation operation) {
  return {[number, operation](ByteView in, std::span<std::byte> out) {
            for (std::size_t i = 0; i < in.size(); i += sizeof(T)) {
              T element;
              std::memcpy(&element, in.data() + i, sizeof(T));
              element = computed(element, number, operation);
              std::memcpy(out.data() + i, &element, sizeof(T));
            }
          },
          sizeof(T), sizeof(T)};
}

template <class T>
Kernel integer_kernel(double number, Operation operation) {
  return kernel_of(static_cast<T>(static_cast<std::uint64_t>(static_cast<std::int64_t>(number))),
                   operation);
}

/// The number after rounding to `dtype`.
double rounded(double number, DType dtype) {
  std::array<std::byte, 16> element{};
  encode(dtype, number, element);
  return decode_real(dtype, element);
}

/// The operand that torch uses for elements of at most 32 bits: it multiplies by the number as a
/// float32, and adds the number rounded to the dtype.
float narrow_operand(DType dtype, double number, Operation operation) {
  const DType as = operation == Operation::sum ? dtype : DType::float32;
  return static_cast<float>(rounded(number, as));
}

Kernel integer_kernel_of(DType dtype, double number, Operation operation) {
  switch (model::row_of(dtype).size_bytes) {
    case 1:
      return integer_kernel<std::uint8_t>(number, operation);
    case 2:
      return integer_kernel<std::uint16_t>(number, operation);
    case 4:
      return integer_kernel<std::uint32_t>(number, operation);
    default:
      return integer_kernel<std::uint64_t>(number, operation);
  }
}

Source calculated(Source source, DType dtype, double number, Operation operation) {
  const NumberClass number_class = model::row_of(dtype).number_class;
  if (number_class == NumberClass::signed_integer || number_class == NumberClass::unsigned_integer)
    return std::make_shared<ElementwiseBlob>(std::move(source),
                                             integer_kernel_of(dtype, number, operation));
  if (number_class != NumberClass::floating)
    throw Error(ErrorKind::unsupported, concat("arithmetic with ", model::row_of(dtype).name));
  if (dtype == DType::float64)
    return std::make_shared<ElementwiseBlob>(std::move(source), kernel_of(number, operation));
  const float operand = narrow_operand(dtype, number, operation);
  Source wide = make_cast_blob(std::move(source), dtype, DType::float32);
  wide = std::make_shared<ElementwiseBlob>(std::move(wide), kernel_of(operand, operation));
  return make_cast_blob(std::move(wide), DType::float32, dtype);
}

/// Rounds towards zero. Numbers outside the range of int64 give its smallest value, as on x86-64.
std::int64_t whole_part(double number) {
  if (!(number >= -0x1p63 && number < 0x1p63)) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(number);
}

std::int64_t to_integer(const Number& number) {
  if (const auto* flag = std::get_if<bool>(&number)) return *flag ? 1 : 0;
  if (const auto* whole = std::get_if<std::int64_t>(&number)) return *whole;
  if (const auto* large = std::get_if<std::uint64_t>(&number))
    return static_cast<std::int64_t>(*large);
  return whole_part(std::get<double>(number));
}

bool is_zero(const Number& number) {
  if (const auto* real = std::get_if<double>(&number)) return *real == 0;
  return to_integer(number) == 0;
}

void convert_element(DType to, const Number& number, std::span<std::byte> out) {
  switch (model::row_of(to).number_class) {
    case NumberClass::boolean:
      out.front() = std::byte{static_cast<unsigned char>(is_zero(number) ? 0 : 1)};
      return;
    case NumberClass::signed_integer:
    case NumberClass::unsigned_integer: {
      const auto bits = static_cast<std::uint64_t>(to_integer(number));
      const std::size_t size = model::row_of(to).size_bytes;
      const std::size_t first = std::endian::native == std::endian::big ? sizeof bits - size : 0;
      std::memcpy(out.data(), std::as_bytes(std::span(&bits, 1)).data() + first, size);
      return;
    }
    default:
      encode(to, number, out);
  }
}

Kernel conversion(DType from, DType to) {
  const std::size_t in_bytes = model::row_of(from).size_bytes;
  const std::size_t out_bytes = model::row_of(to).size_bytes;
  return {[=](ByteView in, std::span<std::byte> out) {
            for (std::size_t i = 0; i * in_bytes < in.size(); ++i)
              convert_element(to, decode(from, in.subspan(i * in_bytes, in_bytes)),
                              out.subspan(i * out_bytes, out_bytes));
          },
          in_bytes, out_bytes};
}

bool is_real(DType dtype) {
  const NumberClass number_class = model::row_of(dtype).number_class;
  return number_class == NumberClass::floating || number_class == NumberClass::boolean ||
         number_class == NumberClass::signed_integer ||
         number_class == NumberClass::unsigned_integer;
}

}  // namespace

LazyTensor sum(const LazyTensor& tensor, double number) {
  return {calculated(tensor.dense(), tensor.dtype(), number, Operation::sum), tensor.dtype(),
          tensor.shape()};
}

LazyTensor product(const LazyTensor& tensor, double number) {
  return {calculated(tensor.dense(), tensor.dtype(), number, Operation::product), tensor.dtype(),
          tensor.shape()};
}

LazyTensor converted(const LazyTensor& tensor, DType dtype) {
  const DType from = tensor.dtype();
  if (from == dtype) return tensor;
  if (!can_cast(from, dtype) && is_real(from) && is_real(dtype))
    return {std::make_shared<ElementwiseBlob>(tensor.dense(), conversion(from, dtype)), dtype,
            tensor.shape()};
  return {make_cast_blob(tensor.dense(), from, dtype), dtype, tensor.shape()};
}

bool have_equal_bytes(const LazyTensor& a, const LazyTensor& b) {
  const Source left = a.dense();
  const Source right = b.dense();
  if (left->size_bytes() != right->size_bytes()) return false;
  Bytes left_block(std::size_t{1} << 20);
  Bytes right_block(left_block.size());
  const auto left_bytes = left->open(0);
  const auto right_bytes = right->open(0);
  for (std::uint64_t rest = left->size_bytes(); rest > 0;) {
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest, left_block.size()));
    for (auto [stream, block] :
         {std::pair(left_bytes.get(), &left_block), std::pair(right_bytes.get(), &right_block)})
      if (model::read_fully(*stream, std::span(*block).first(count)) != count)
        throw Error(ErrorKind::malformed, "a storage ends before its last byte");
    if (!std::equal(left_block.begin(), left_block.begin() + static_cast<std::ptrdiff_t>(count),
                    right_block.begin()))
      return false;
    rest -= count;
  }
  return true;
}

}  // namespace ckpt::tensor
