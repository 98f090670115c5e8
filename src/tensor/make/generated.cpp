// An element is computed from its index, so a stream can start anywhere and no element is stored.

#include "ckpt/tensor/generated.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "ckpt/base/checked.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::tensor {

namespace {

/// Writes the element with this index to the start of `out`.
using WriteElement = std::function<void(std::uint64_t place, std::span<std::byte> out)>;

class GeneratedStream : public model::BlobStream {
 public:
  GeneratedStream(const WriteElement& write, std::size_t element_bytes, std::uint64_t offset,
                  std::uint64_t end)
      : write_(write), element_bytes_(element_bytes), offset_(offset), end_(end) {}

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), end_ - offset_));
    for (std::size_t filled = 0; filled < wanted;) {
      const std::size_t inside = static_cast<std::size_t>(offset_ % element_bytes_);
      const std::size_t count = std::min(element_bytes_ - inside, wanted - filled);
      write_(offset_ / element_bytes_, element_);
      std::copy_n(element_.begin() + inside, count,
                  out.begin() + static_cast<std::ptrdiff_t>(filled));
      filled += count;
      offset_ += count;
    }
    return wanted;
  }

 private:
  const WriteElement& write_;  // of the blob, which outlives its streams
  std::size_t element_bytes_;
  std::uint64_t offset_;
  std::uint64_t end_;
  std::array<std::byte, 16> element_{};
};

class GeneratedBlob : public model::Blob {
 public:
  GeneratedBlob(WriteElement write, model::DType dtype, std::uint64_t count)
      : write_(std::move(write)),
        element_bytes_(model::row_of(dtype).size_bytes),
        size_bytes_(checked_multiply<std::uint64_t>(count, element_bytes_, "tensor bytes")) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<GeneratedStream>(write_, element_bytes_, offset, size_bytes_);
  }

 private:
  WriteElement write_;
  std::size_t element_bytes_;
  std::uint64_t size_bytes_;
};

class ZeroStream : public model::BlobStream {
 public:
  explicit ZeroStream(std::uint64_t rest_bytes) : rest_bytes_(rest_bytes) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), rest_bytes_));
    std::ranges::fill(out.first(count), std::byte{0});
    rest_bytes_ -= count;
    return count;
  }

 private:
  std::uint64_t rest_bytes_;
};

class ZeroBlob : public model::Blob {
 public:
  explicit ZeroBlob(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<ZeroStream>(size_bytes_ - offset);
  }

 private:
  std::uint64_t size_bytes_;
};

/// Whole numbers become integers, so that a large one is not rounded.
Number number_of(double number) {
  if (number == std::floor(number) && std::abs(number) < 9e15)
    return static_cast<std::int64_t>(number);
  return number;
}

}  // namespace

std::shared_ptr<const model::Blob> make_zeros(std::uint64_t size_bytes) {
  return std::make_shared<ZeroBlob>(size_bytes);
}

std::shared_ptr<const model::Blob> make_constant(model::DType dtype, double number,
                                                 std::uint64_t count) {
  std::array<std::byte, 16> element{};
  encode(dtype, number_of(number), element);
  return std::make_shared<GeneratedBlob>(
      [element](std::uint64_t, std::span<std::byte> out) {
        std::ranges::copy(element, out.begin());
      },
      dtype, count);
}

std::shared_ptr<const model::Blob> make_counting(model::DType dtype, std::uint64_t count) {
  std::array<std::byte, 16> last{};
  if (count > 0) encode(dtype, static_cast<std::int64_t>(count - 1), last);
  return std::make_shared<GeneratedBlob>(
      [dtype](std::uint64_t place, std::span<std::byte> out) {
        encode(dtype, static_cast<std::int64_t>(place), out);
      },
      dtype, count);
}

std::shared_ptr<const model::Blob> make_lower_triangle(model::DType dtype, std::uint64_t size) {
  return std::make_shared<GeneratedBlob>(
      [dtype, size](std::uint64_t place, std::span<std::byte> out) {
        const bool is_below = place % size <= place / size;
        encode(dtype, std::int64_t{is_below ? 1 : 0}, out);
      },
      dtype, checked_multiply(size, size, "elements of a triangle"));
}

std::shared_ptr<const model::Blob> make_inverse_frequencies(model::DType dtype, double base,
                                                            std::uint64_t size) {
  return std::make_shared<GeneratedBlob>(
      [dtype, base = static_cast<float>(base), size](std::uint64_t place,
                                                     std::span<std::byte> out) {
        const float exponent = static_cast<float>(2 * place) / static_cast<float>(size);
        encode(dtype, double{1.0F / std::pow(base, exponent)}, out);
      },
      dtype, (size + 1) / 2);
}

}  // namespace ckpt::tensor
