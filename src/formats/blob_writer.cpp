#include "formats/blob_writer.hpp"

#include <optional>
#include <system_error>

namespace ckpt::formats {

namespace {

constexpr std::size_t copy_buffer_bytes = 1 << 20;
constexpr std::uint64_t least_overlapped_bytes = 2 << 20;  // beside it a thread costs nothing

}  // namespace

void BlobWriter::write(const model::Blob& blob) {
  if (const auto range = blob.range()) {
    out_.write_range(*range);
    report();
  } else {
    stream(blob, [this](ByteView bytes) { out_.write(bytes); });
  }
}

void BlobWriter::stream(const model::Blob& blob, const std::function<void(ByteView)>& sink) {
  const auto write = [&](ByteView bytes) {
    sink(bytes);
    report();
  };
  if (!stream_overlapped(blob, write)) stream_alone(blob, write);
}

/// False where another thread does not pay, or cannot be had; then nothing is written.
bool BlobWriter::stream_overlapped(const model::Blob& blob,
                                   const std::function<void(ByteView)>& sink) {
  if (options_.thread_count < 2 || blob.size_bytes() < least_overlapped_bytes) return false;
  std::optional<ReadAhead> ahead;
  try {
    ahead.emplace(blob, blocks_);
  } catch (const std::system_error&) {
    return false;
  }
  for (ByteView bytes = ahead->next(); !bytes.empty(); bytes = ahead->next()) sink(bytes);
  return true;
}

void BlobWriter::stream_alone(const model::Blob& blob, const std::function<void(ByteView)>& sink) {
  buffer_.resize(copy_buffer_bytes);
  const auto bytes = blob.open(0);
  for (std::size_t count = bytes->read(buffer_); count > 0; count = bytes->read(buffer_))
    sink(ByteView(buffer_).first(count));
}

void BlobWriter::report() const {
  if (options_.on_progress) options_.on_progress(out_.position(), total_bytes_);
}

}  // namespace ckpt::formats
