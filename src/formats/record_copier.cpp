#include "formats/record_copier.hpp"

namespace ckpt::formats {

namespace {

constexpr std::size_t copy_buffer_bytes = 1 << 20;

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
  buffer_.resize(copy_buffer_bytes);
  const auto bytes = record.blob->open(0);
  for (std::size_t count = bytes->read(buffer_); count > 0; count = bytes->read(buffer_)) {
    writer_.write(ByteView(buffer_).first(count));
    report();
  }
  writer_.end();
}

void RecordCopier::report() const {
  if (options_.on_progress) options_.on_progress(out_.position(), total_bytes_);
}

}  // namespace ckpt::formats
