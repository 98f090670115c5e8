#include "formats/record_copier.hpp"

#include <optional>
#include <system_error>

namespace ckpt::formats {

namespace {

constexpr std::size_t copy_buffer_bytes = 1 << 20;
constexpr std::uint64_t least_overlapped_bytes = 2 << 20;  // beside it a thread costs nothing

}  // namespace

void RecordCopier::add(const Record& record) {
  const auto range = record.blob->range();
  const auto crc = container_.has_crcs ? record.blob->crc32() : std::optional<std::uint32_t>(0);
  if (range && crc) {
    writer_.add(record.name, *range, *crc);
  } else {
    stream(record);
  }
  report();
}

void RecordCopier::stream(const Record& record) {
  writer_.begin(record.name, record.blob->size_bytes());
  if (!stream_overlapped(*record.blob)) stream_alone(*record.blob);
  writer_.end();
}

/// False where another thread does not pay, or cannot be had; then nothing is written.
bool RecordCopier::stream_overlapped(const model::Blob& blob) {
  if (options_.thread_count < 2 || blob.size_bytes() < least_overlapped_bytes) return false;
  std::optional<ReadAhead> ahead;
  try {
    ahead.emplace(blob, blocks_);
  } catch (const std::system_error&) {
    return false;
  }
  for (ByteView bytes = ahead->next(); !bytes.empty(); bytes = ahead->next()) write(bytes);
  return true;
}

void RecordCopier::stream_alone(const model::Blob& blob) {
  buffer_.resize(copy_buffer_bytes);
  const auto bytes = blob.open(0);
  for (std::size_t count = bytes->read(buffer_); count > 0; count = bytes->read(buffer_))
    write(ByteView(buffer_).first(count));
}

void RecordCopier::write(ByteView bytes) {
  writer_.write(bytes);
  report();
}

void RecordCopier::report() const {
  if (options_.on_progress) options_.on_progress(out_.position(), total_bytes_);
}

}  // namespace ckpt::formats
