// The basic blobs: memory, a range of a file, a part of another blob.

#include "ckpt/model/blob.hpp"

#include <algorithm>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/concatenation.hpp"
#include "ckpt/model/read_fully.hpp"

namespace ckpt::model {

namespace {

class MemoryStream : public BlobStream {
 public:
  MemoryStream(std::shared_ptr<const Bytes> bytes, std::size_t offset)
      : bytes_(std::move(bytes)), position_(offset) {}

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = std::min(out.size(), bytes_->size() - position_);
    std::copy_n(bytes_->data() + position_, count, out.data());
    position_ += count;
    return count;
  }

 private:
  std::shared_ptr<const Bytes> bytes_;
  std::size_t position_;
};

class MemoryBlob : public Blob {
 public:
  explicit MemoryBlob(Bytes bytes) : bytes_(std::make_shared<const Bytes>(std::move(bytes))) {}

  std::uint64_t size_bytes() const override { return bytes_->size(); }
  std::unique_ptr<BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<MemoryStream>(bytes_, static_cast<std::size_t>(offset));
  }

 private:
  std::shared_ptr<const Bytes> bytes_;
};

class RangeStream : public BlobStream {
 public:
  explicit RangeStream(FileRange range) : range_(std::move(range)) {}

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), range_.size_bytes));
    range_.file->read_at(range_.offset, out.first(count));
    range_.offset += count;
    range_.size_bytes -= count;
    return count;
  }

 private:
  FileRange range_;
};

class RangeBlob : public Blob {
 public:
  RangeBlob(FileRange range, std::optional<std::uint32_t> crc32)
      : range_(std::move(range)), crc32_(crc32) {}

  std::uint64_t size_bytes() const override { return range_.size_bytes; }
  std::optional<std::uint32_t> crc32() const override { return crc32_; }
  std::optional<FileRange> range() const override { return range_; }
  std::unique_ptr<BlobStream> open(std::uint64_t offset) const override {
    return open_range({range_.file, range_.offset + offset, range_.size_bytes - offset});
  }

 private:
  FileRange range_;
  std::optional<std::uint32_t> crc32_;
};

class PartStream : public BlobStream {
 public:
  PartStream(std::unique_ptr<BlobStream> whole, std::uint64_t rest_bytes)
      : whole_(std::move(whole)), rest_bytes_(rest_bytes) {}

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), rest_bytes_));
    const std::size_t count = whole_->read(out.first(wanted));
    rest_bytes_ -= count;
    return count;
  }

 private:
  std::unique_ptr<BlobStream> whole_;
  std::uint64_t rest_bytes_;
};

class PartBlob : public Blob {
 public:
  PartBlob(std::shared_ptr<const Blob> whole, std::uint64_t offset, std::uint64_t size_bytes)
      : whole_(std::move(whole)), offset_(offset), size_bytes_(size_bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }

  bool reads(const FileIdentity& file) const override { return whole_->reads(file); }
  std::optional<FileRange> range() const override {
    std::optional<FileRange> range = whole_->range();
    if (!range) return std::nullopt;
    return FileRange{range->file, range->offset + offset_, size_bytes_};
  }

  std::unique_ptr<BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<PartStream>(whole_->open(offset_ + offset), size_bytes_ - offset);
  }

 private:
  std::shared_ptr<const Blob> whole_;
  std::uint64_t offset_;
  std::uint64_t size_bytes_;
};

}  // namespace

bool Blob::reads(const FileIdentity& file) const {
  if (const ComposedBlob* const whole = composition())
    return std::ranges::any_of(whole->parts(),
                               [&file](const auto& part) { return part->reads(file); });
  const std::optional<FileRange> lies_in = range();
  return lies_in && lies_in->file->identity() == file;
}

std::shared_ptr<const Blob> make_memory_blob(Bytes bytes) {
  return std::make_shared<MemoryBlob>(std::move(bytes));
}

std::shared_ptr<const Blob> make_range_blob(FileRange range, std::optional<std::uint32_t> crc32) {
  return std::make_shared<RangeBlob>(std::move(range), crc32);
}

std::shared_ptr<const Blob> make_part(std::shared_ptr<const Blob> whole, std::uint64_t offset,
                                      std::uint64_t size_bytes) {
  const std::uint64_t whole_bytes = whole->size_bytes();
  if (offset > whole_bytes || size_bytes > whole_bytes - offset)
    throw Error(ErrorKind::malformed,
                concat("bytes ", offset, "+", size_bytes, " reach outside a storage of ",
                       whole_bytes, " bytes"));
  if (size_bytes == whole_bytes) return whole;  // may know its CRC
  return std::make_shared<PartBlob>(std::move(whole), offset, size_bytes);
}

std::unique_ptr<BlobStream> open_range(FileRange range) {
  return std::make_unique<RangeStream>(std::move(range));
}

std::size_t read_fully(BlobStream& stream, std::span<std::byte> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t count = stream.read(out.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

void read_exactly(const Blob& blob, std::uint64_t offset, std::span<std::byte> out) {
  if (read_fully(*blob.open(offset), out) != out.size())
    throw Error(ErrorKind::malformed, "a storage ends before its last byte");
}

}  // namespace ckpt::model
