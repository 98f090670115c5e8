#include "formats/read_ahead.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace {

using ckpt::Bytes;
using ckpt::ByteView;
using ckpt::formats::ReadAhead;
using namespace std::chrono_literals;

std::byte byte_at(std::uint64_t place) { return static_cast<std::byte>(place * 2654435761U >> 13); }

/// Bytes that follow from their place, given in pieces; fails at a byte, if it is to.
class PatternBlob : public ckpt::model::Blob {
 public:
  explicit PatternBlob(std::uint64_t size_bytes, std::optional<std::uint64_t> failing = {},
                       std::chrono::milliseconds delay = 0ms)
      : size_bytes_(size_bytes), failing_(failing), delay_(delay) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::unique_ptr<ckpt::model::BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<Stream>(*this, offset);
  }

 private:
  class Stream : public ckpt::model::BlobStream {
   public:
    Stream(const PatternBlob& blob, std::uint64_t at) : blob_(blob), at_(at) {}
    std::size_t read(std::span<std::byte> out) override {
      std::this_thread::sleep_for(blob_.delay_);
      const std::uint64_t end = std::min<std::uint64_t>(blob_.size_bytes_, at_ + out.size());
      if (blob_.failing_ && *blob_.failing_ < end) throw std::runtime_error("a bad block");
      const auto count = static_cast<std::size_t>(end - at_);
      for (std::size_t i = 0; i < count; ++i) out[i] = byte_at(at_ + i);
      at_ = end;
      return count;
    }

   private:
    const PatternBlob& blob_;
    std::uint64_t at_;
  };

  std::uint64_t size_bytes_;
  std::optional<std::uint64_t> failing_;
  std::chrono::milliseconds delay_;
};

/// How many bytes came, all of them right.
std::uint64_t check_all(const PatternBlob& blob, ReadAhead::Blocks& blocks,
                        std::chrono::milliseconds delay = 0ms) {
  ReadAhead ahead(blob, blocks);
  std::uint64_t place = 0;
  for (ByteView bytes = ahead.next(); !bytes.empty(); bytes = ahead.next()) {
    std::this_thread::sleep_for(delay);
    bool is_right = true;
    for (const std::byte byte : bytes) is_right = is_right && byte == byte_at(place++);
    REQUIRE(is_right);
  }
  return place;
}

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

}  // namespace

TEST_CASE("what is read ahead comes in order, and ends") {
  ReadAhead::Blocks blocks;
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, mebibyte - 1, mebibyte,
                                   mebibyte + 1, 3 * mebibyte, 9 * mebibyte + 77})
    CHECK(check_all(PatternBlob(size), blocks) == size);
}

TEST_CASE("a slow reader and a slow writer get the same bytes") {
  ReadAhead::Blocks blocks;
  CHECK(check_all(PatternBlob(6 * mebibyte, {}, 3ms), blocks) == 6 * mebibyte);
  CHECK(check_all(PatternBlob(6 * mebibyte), blocks, 3ms) == 6 * mebibyte);
}

TEST_CASE("a failure comes behind the bytes that were read before it") {
  ReadAhead::Blocks blocks;
  const PatternBlob blob(8 * mebibyte, 5 * mebibyte + 3);
  ReadAhead ahead(blob, blocks);
  for (int i = 0; i < 5; ++i) CHECK(ahead.next().size() == mebibyte);
  CHECK_THROWS_WITH(ahead.next(), "a bad block");
}

TEST_CASE("who wants no more need not read to the end") {
  ReadAhead::Blocks blocks;
  const PatternBlob blob(std::uint64_t{1} << 50);
  { const ReadAhead untouched(blob, blocks); }
  ReadAhead ahead(blob, blocks);
  CHECK(ahead.next().size() == mebibyte);
}
