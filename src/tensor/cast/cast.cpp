// Casts in chunks: direct loops where they exist, else through float32 (or float64) in a small
// buffer.

#include "ckpt/tensor/cast.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/read_fully.hpp"
#include "tensor/cast/direct_cast.hpp"
#include "tensor/cast/float_blocks.hpp"
#include "tensor/cast/integer_cast.hpp"
#include "tensor/read/float_codes.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

constexpr std::size_t chunk_elements = 1024;  // the float32 numbers in between stay in the first-
                                              // level cache
constexpr std::size_t block_bytes = std::size_t{64} << 10;

NumberClass class_of(DType dtype) { return model::row_of(dtype).number_class; }
std::size_t size_of(DType dtype) { return model::row_of(dtype).size_bytes; }

void refuse_unless_castable(DType from, DType to) {
  if (!can_cast(from, to))
    throw Error(ErrorKind::unsupported,
                concat("a cast from ", model::row_of(from).name, " to ", model::row_of(to).name));
}

/// The dtype of the real and imaginary part; complex elements are cast part by part.
DType part_of(DType dtype) {
  return class_of(dtype) == NumberClass::complex ? part_of_complex(dtype) : dtype;
}

void to_float32(DType from, const std::byte* in, std::size_t count, std::byte* numbers) {
  if (from == DType::float64) return shorten_block(in, count, numbers);
  widen_block(from, in, count, numbers);
}

void from_float32(DType to, const std::byte* numbers, std::size_t count, std::byte* out) {
  if (to == DType::float64) return lengthen_block(numbers, count, out);
  narrow_block(to, numbers, count, out);
}

void cast_chunk(DType from, DType to, const std::byte* in, std::size_t count, std::byte* out) {
  if (is_integral(from)) return cast_integers(from, to, in, count, out);
  if (from == DType::float32) return from_float32(to, in, count, out);
  if (to == DType::float32) return to_float32(from, in, count, out);
  alignas(64) std::array<std::byte, chunk_elements * sizeof(float)> numbers;
  to_float32(from, in, count, numbers.data());
  from_float32(to, numbers.data(), count, out);
}

void cast_chunks(DType from, DType to, const std::byte* in, std::size_t total, std::byte* out) {
  const std::size_t done = cast_directly(from, to, in, total, out);
  for (std::size_t first = done; first < total; first += chunk_elements)
    cast_chunk(from, to, in + first * size_of(from), std::min(chunk_elements, total - first),
               out + first * size_of(to));
}

class CastStream : public model::BlobStream {
 public:
  CastStream(std::unique_ptr<model::BlobStream> source, DType from, DType to)
      : source_(std::move(source)), from_(from), to_(to), in_(block_bytes) {}

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      const std::span<std::byte> rest = out.subspan(filled);
      if (kept_.empty() && rest.size() >= size_of(to_)) {
        const std::size_t count = cast_next(rest);
        if (count == 0) break;
        filled += count;
      } else {
        if (kept_.empty() && !keep_next()) break;
        const std::size_t count = std::min(kept_.size(), rest.size());
        std::copy_n(kept_.begin(), count, rest.begin());
        kept_ = kept_.subspan(count);
        filled += count;
      }
    }
    return filled;
  }

  void skip(std::size_t byte_count) {
    if (byte_count > 0 && keep_next()) kept_ = kept_.subspan(byte_count);
  }

 private:
  /// Casts whole elements straight into `out`, which has room for at least one.
  std::size_t cast_next(std::span<std::byte> out) {
    const std::size_t count = std::min(out.size() / size_of(to_), in_.size() / size_of(from_));
    std::span<std::byte> wanted = std::span(in_).first(count * size_of(from_));
    const std::size_t elements = model::read_fully(*source_, wanted) / size_of(from_);
    cast_elements(from_, to_, wanted.first(elements * size_of(from_)), out);
    return elements * size_of(to_);
  }

  /// Casts one element into a side buffer, for a reader that asks for less than one element.
  bool keep_next() {
    kept_ = std::span(one_).first(size_of(to_));
    if (cast_next(kept_) > 0) return true;
    kept_ = {};
    return false;
  }

  std::unique_ptr<model::BlobStream> source_;
  DType from_;
  DType to_;
  Bytes in_;
  std::array<std::byte, 16> one_{};
  std::span<std::byte> kept_;  // unread bytes of one_
};

class CastBlob : public model::Blob {
 public:
  CastBlob(std::shared_ptr<const model::Blob> source, DType from, DType to)
      : source_(std::move(source)), from_(from), to_(to) {}

  std::uint64_t size_bytes() const override {
    return source_->size_bytes() / size_of(from_) * size_of(to_);
  }

  bool reads(const FileIdentity& file) const override { return source_->reads(file); }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    const std::uint64_t first = offset / size_of(to_);
    auto stream = std::make_unique<CastStream>(source_->open(first * size_of(from_)), from_, to_);
    stream->skip(static_cast<std::size_t>(offset % size_of(to_)));
    return stream;
  }

 private:
  std::shared_ptr<const model::Blob> source_;
  DType from_;
  DType to_;
};

}  // namespace

bool can_cast(DType from, DType to) {
  const bool is_from_float = class_of(from) == NumberClass::floating;
  const bool is_to_float = class_of(to) == NumberClass::floating;
  if (is_integral(from)) return is_integral(to) || is_to_float;
  if (is_from_float) return is_to_float;
  return class_of(from) == NumberClass::complex && class_of(to) == NumberClass::complex;
}

void cast_elements(DType from, DType to, ByteView in, std::span<std::byte> out) {
  refuse_unless_castable(from, to);
  const DType part_from = part_of(from);
  const DType part_to = part_of(to);
  const std::size_t total = in.size() / size_of(part_from);
  if (from == to) {
    std::memcpy(out.data(), in.data(), in.size());
    return;
  }
  cast_chunks(part_from, part_to, in.data(), total, out.data());
}

std::shared_ptr<const model::Blob> make_cast_blob(std::shared_ptr<const model::Blob> source,
                                                  DType from, DType to) {
  refuse_unless_castable(from, to);
  if (source->size_bytes() % size_of(from) != 0)
    throw Error(ErrorKind::malformed,
                concat(source->size_bytes(), " bytes are not a whole number of ",
                       model::row_of(from).name, " elements"));
  if (from == to) return source;
  return std::make_shared<CastBlob>(std::move(source), from, to);
}

}  // namespace ckpt::tensor
