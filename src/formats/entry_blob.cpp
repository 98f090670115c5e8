#include "formats/entry_blob.hpp"

#include <algorithm>
#include <array>

#include "ckpt/zip/inflate.hpp"

namespace ckpt::formats {

namespace {

class InflatingStream : public model::BlobStream {
 public:
  InflatingStream(const FileRange& compressed, std::uint64_t size_bytes,
                  std::uint64_t skipped_bytes)
      : inflater_(compressed, size_bytes) {
    std::array<std::byte, 4096> passed_over;
    while (skipped_bytes > 0) {
      const std::size_t wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(skipped_bytes, passed_over.size()));
      const std::size_t count = inflater_.read(std::span(passed_over).first(wanted));
      if (count == 0) return;
      skipped_bytes -= count;
    }
  }

  std::size_t read(std::span<std::byte> out) override { return inflater_.read(out); }

 private:
  zip::Inflater inflater_;
};

/// The payload is located only when asked for: listing must not touch every local header.
class EntryBlob : public model::Blob {
 public:
  EntryBlob(std::shared_ptr<const zip::Archive> archive, const zip::Entry& entry)
      : archive_(std::move(archive)), entry_(entry) {}

  std::uint64_t size_bytes() const override { return entry_.size_bytes; }

  /// A CRC of 0 over bytes means that the writer computed none.
  std::optional<std::uint32_t> crc32() const override {
    if (entry_.crc32 == 0 && entry_.size_bytes > 0) return std::nullopt;
    return entry_.crc32;
  }

  std::optional<FileRange> range() const override {
    if (entry_.method != zip::Method::stored) return std::nullopt;
    return archive_->payload(entry_);
  }

  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    FileRange range = archive_->payload(entry_);
    if (entry_.method != zip::Method::stored)
      return std::make_unique<InflatingStream>(range, entry_.size_bytes, offset);
    range.offset += offset;
    range.size_bytes -= offset;
    return model::open_range(range);
  }

 private:
  std::shared_ptr<const zip::Archive> archive_;
  const zip::Entry& entry_;
};

}  // namespace

std::shared_ptr<const model::Blob> make_entry_blob(std::shared_ptr<const zip::Archive> archive,
                                                   const zip::Entry& entry) {
  return std::make_shared<EntryBlob>(std::move(archive), entry);
}

}  // namespace ckpt::formats
