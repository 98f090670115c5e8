#include "formats/torch_zip/entry_blob.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "ckpt/base/scratch_file.hpp"
#include "ckpt/zip/inflate.hpp"

namespace ckpt::formats {

namespace {

constexpr std::size_t unfolded_block_bytes = std::size_t{1} << 20;

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

  bool reads(const FileIdentity& file) const override {
    return archive_->file()->identity() == file;
  }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    FileRange range = archive_->payload(entry_);
    if (entry_.method != zip::Method::stored) {
      if (const auto unfolded = find_unfolded(range, offset))
        return model::open_range({unfolded, offset, entry_.size_bytes - offset});
      return std::make_unique<InflatingStream>(range, entry_.size_bytes, offset);
    }
    range.offset += offset;
    range.size_bytes -= offset;
    return model::open_range(range);
  }

 private:
  /// What is compressed is unfolded from its start again for each view that lies further behind.
  /// Once more bytes were passed over like this than there are, all are put into a file.
  std::shared_ptr<const File> find_unfolded(const FileRange& compressed,
                                            std::uint64_t offset) const {
    const std::scoped_lock lock(mutex_);
    if (unfolded_) return unfolded_;
    passed_over_bytes_ += offset;
    if (passed_over_bytes_ > entry_.size_bytes) unfolded_ = unfold(compressed);
    return unfolded_;
  }

  std::shared_ptr<const File> unfold(const FileRange& compressed) const {
    auto file = std::make_shared<ScratchFile>(entry_.size_bytes);
    zip::Inflater inflater(compressed, entry_.size_bytes);
    Bytes block(unfolded_block_bytes);
    while (const std::size_t count = inflater.read(block))
      file->append(ByteView(block).first(count));
    return file;
  }

  std::shared_ptr<const zip::Archive> archive_;
  const zip::Entry& entry_;
  mutable std::mutex mutex_;  // guards the two below
  mutable std::uint64_t passed_over_bytes_ = 0;
  mutable std::shared_ptr<const File> unfolded_;
};

}  // namespace

std::shared_ptr<const model::Blob> make_entry_blob(std::shared_ptr<const zip::Archive> archive,
                                                   const zip::Entry& entry) {
  return std::make_shared<EntryBlob>(std::move(archive), entry);
}

}  // namespace ckpt::formats
