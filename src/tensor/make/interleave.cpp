// Reads several rows of each part per batch: one read per part, not one per row.

#include "tensor/make/interleave.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/model/concatenation.hpp"
#include "ckpt/model/read_fully.hpp"

namespace ckpt::tensor {

namespace {

using Parts = std::vector<std::shared_ptr<const model::Blob>>;

constexpr std::uint64_t batch_bytes = std::uint64_t{4} << 20;

/// Reads a batch of rows from each part with one read per part, and interleaves them.
class InterleavingStream : public model::BlobStream {
 public:
  InterleavingStream(const Parts& parts, std::uint64_t rows, std::uint64_t first_row)
      : rows_left_(rows - first_row) {
    for (const auto& part : parts) {
      const std::uint64_t row_bytes = part->size_bytes() / rows;
      streams_.push_back(part->open(first_row * row_bytes));
      row_bytes_.push_back(row_bytes);
      all_row_bytes_ += row_bytes;
    }
    rows_at_once_ = std::max<std::uint64_t>(1, batch_bytes / all_row_bytes_);
  }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      if (used_ == batch_.size() && !refill()) break;
      const std::size_t count = std::min(out.size() - filled, batch_.size() - used_);
      std::copy_n(batch_.data() + used_, count, out.data() + filled);
      filled += count;
      used_ += count;
    }
    return filled;
  }

  void skip(std::uint64_t byte_count) {
    std::vector<std::byte> passed_over(64 << 10);
    while (byte_count > 0) {
      const std::size_t wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(byte_count, passed_over.size()));
      const std::size_t count = read(std::span(passed_over).first(wanted));
      if (count == 0) return;
      byte_count -= count;
    }
  }

 private:
  bool refill() {
    used_ = 0;
    batch_.clear();
    if (all_row_bytes_ > batch_bytes) return refill_from_long_row();
    if (rows_left_ == 0) return false;
    const std::uint64_t rows = std::min(rows_at_once_, rows_left_);
    batch_.resize(static_cast<std::size_t>(rows * all_row_bytes_));
    std::size_t place = 0;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      const auto row_bytes = static_cast<std::size_t>(row_bytes_[i]);
      column_.resize(static_cast<std::size_t>(rows) * row_bytes);
      fill(column_, *streams_[i]);
      for (std::size_t row = 0; row < rows; ++row)
        std::copy_n(column_.data() + row * row_bytes, row_bytes,
                    batch_.data() + row * static_cast<std::size_t>(all_row_bytes_) + place);
      place += row_bytes;
    }
    rows_left_ -= rows;
    return true;
  }

  /// A row larger than a batch is passed on in pieces.
  bool refill_from_long_row() {
    if (piece_left_ == 0) {
      if (next_part_ == 0 && rows_left_ == 0) return false;
      if (next_part_ == 0) --rows_left_;
      piece_left_ = row_bytes_[next_part_];
      current_part_ = next_part_;
      next_part_ = (next_part_ + 1) % streams_.size();
    }
    const std::uint64_t count = std::min(piece_left_, batch_bytes);
    batch_.resize(static_cast<std::size_t>(count));
    fill(batch_, *streams_[current_part_]);
    piece_left_ -= count;
    return true;
  }

  static void fill(std::span<std::byte> out, model::BlobStream& stream) {
    if (model::read_fully(stream, out) != out.size())
      throw Error(ErrorKind::malformed, "a storage ends before its last byte");
  }

  std::vector<std::unique_ptr<model::BlobStream>> streams_;
  std::vector<std::uint64_t> row_bytes_;
  std::uint64_t all_row_bytes_ = 0;
  std::uint64_t rows_at_once_ = 1;
  std::uint64_t rows_left_;
  std::size_t current_part_ = 0;
  std::size_t next_part_ = 0;
  std::uint64_t piece_left_ = 0;
  Bytes batch_;
  Bytes column_;
  std::size_t used_ = 0;
};

class Interleaving : public model::ComposedBlob {
 public:
  Interleaving(Parts parts, std::uint64_t rows) : parts_(std::move(parts)), rows_(rows) {
    for (const auto& part : parts_) size_bytes_ += part->size_bytes();
  }

  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::span<const std::shared_ptr<const model::Blob>> parts() const override { return parts_; }
  std::uint64_t rows() const override { return rows_; }

  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    const std::uint64_t row_bytes = size_bytes_ / rows_;
    const std::uint64_t row = std::min(offset / row_bytes, rows_);
    auto stream = std::make_unique<InterleavingStream>(parts_, rows_, row);
    stream->skip(offset - row * row_bytes);
    return stream;
  }

 private:
  Parts parts_;
  std::uint64_t rows_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace

std::shared_ptr<const model::Blob> make_interleaving(Parts parts, std::uint64_t rows) {
  if (parts.size() == 1) return parts.front();
  return std::make_shared<Interleaving>(std::move(parts), rows);
}

}  // namespace ckpt::tensor
