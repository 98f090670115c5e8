// A window that fits in memory is read at once. Otherwise the bytes come from the file or the parts
// of the blob; a blob without either is copied to a nameless temporary file, because its stream
// only goes forwards.

#include "tensor/read/random_access.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/scratch_file.hpp"
#include "ckpt/model/concatenation.hpp"

namespace ckpt::tensor {

namespace {

constexpr std::size_t copy_block_bytes = std::size_t{1} << 20;

class FileAccess : public RandomAccess {
 public:
  explicit FileAccess(FileRange range) : range_(std::move(range)) {}

  void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    range_.file->read_at(range_.offset + offset, out);
  }

 private:
  FileRange range_;
};

class MemoryAccess : public RandomAccess {
 public:
  explicit MemoryAccess(Bytes bytes) : bytes_(std::move(bytes)) {}

  void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    std::copy_n(bytes_.data() + offset, out.size(), out.data());
  }

 private:
  Bytes bytes_;
};

/// Parts side by side: each byte is read from the part that holds it.
class ComposedAccess : public RandomAccess {
 public:
  ComposedAccess(const model::ComposedBlob& blob, std::uint64_t window_offset,
                 std::size_t memory_bytes)
      : window_offset_(window_offset) {
    for (const auto& part : blob.parts()) {
      const std::uint64_t row_bytes = part->size_bytes() / blob.rows();
      if (row_bytes == 0) continue;
      parts_.push_back(
          {make_random_access(*part, {0, part->size_bytes()}, memory_bytes / blob.parts().size()),
           all_row_bytes_, row_bytes});
      all_row_bytes_ += row_bytes;
    }
  }

  void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    offset += window_offset_;
    while (!out.empty()) {
      const std::uint64_t row = offset / all_row_bytes_;
      const std::uint64_t column = offset % all_row_bytes_;
      const Part& part =
          *std::prev(std::ranges::upper_bound(parts_, column, {}, &Part::first_column));
      const std::uint64_t in_part = column - part.first_column;
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), part.row_bytes - in_part));
      part.bytes->read_at(row * part.row_bytes + in_part, out.first(count));
      out = out.subspan(count);
      offset += count;
    }
  }

 private:
  struct Part {
    std::unique_ptr<RandomAccess> bytes;
    std::uint64_t first_column = 0;
    std::uint64_t row_bytes = 0;
  };

  std::uint64_t window_offset_;
  std::uint64_t all_row_bytes_ = 0;
  std::vector<Part> parts_;
};

std::unique_ptr<RandomAccess> copy_to_scratch(const model::Blob& blob, Window window) {
  auto scratch = std::make_shared<ScratchFile>(window.size_bytes);
  const std::unique_ptr<model::BlobStream> stream = blob.open(window.offset);
  Bytes block(copy_block_bytes);
  for (std::uint64_t rest = window.size_bytes; rest > 0;) {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest, block.size()));
    const std::size_t count = stream->read(std::span(block).first(wanted));
    if (count == 0) throw Error(ErrorKind::malformed, "a storage ends before its last byte");
    scratch->append(ByteView(block).first(count));
    rest -= count;
  }
  return std::make_unique<FileAccess>(FileRange{std::move(scratch), 0, window.size_bytes});
}

}  // namespace

std::unique_ptr<RandomAccess> make_random_access(const model::Blob& blob, Window window,
                                                 std::size_t memory_bytes) {
  if (window.size_bytes <= memory_bytes) {
    Bytes bytes(static_cast<std::size_t>(window.size_bytes));
    model::read_exactly(blob, window.offset, bytes);
    return std::make_unique<MemoryAccess>(std::move(bytes));
  }
  if (const std::optional<FileRange> range = blob.range())
    return std::make_unique<FileAccess>(
        FileRange{range->file, range->offset + window.offset, window.size_bytes});
  if (const model::ComposedBlob* composed = blob.composition())
    return std::make_unique<ComposedAccess>(*composed, window.offset, memory_bytes);
  return copy_to_scratch(blob, window);
}

}  // namespace ckpt::tensor
