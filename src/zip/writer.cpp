// Collects the directory entry of every record while writing; finish() writes them. The first eight
// bytes of a payload are kept until its record ends, because the serialization id needs them.

#include "ckpt/zip/writer.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/crc32.hpp"
#include "zip/record_layout.hpp"
#include "zip/serialization_id.hpp"

namespace ckpt::zip {

namespace {

constexpr std::size_t head_bytes = 8;  // of a payload, for the serialization id

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

void check_alignment(std::uint64_t alignment_bytes) {
  if (alignment_bytes == 0 || alignment_bytes > 65535)
    throw Error(ErrorKind::unsupported, concat("an alignment of ", counted(alignment_bytes, "byte"),
                                               ", expected 1 to 65535"));
}

}  // namespace

struct Writer::State {
  struct Record {
    std::string name;  // with the top folder
    RecordLayout layout;
    std::uint64_t missing_bytes = 0;
    std::uint32_t crc32 = 0;
    Bytes head;
  };

  FileWriter& out;
  WriterOptions options;
  Bytes directory = {};
  std::uint64_t entry_count = 0;
  SerializationId id = {};
  std::optional<Record> open = {};  // between begin() and end()
  bool is_finished = false;

  Record start(std::string_view record, std::uint64_t size_bytes);
  void note_name(std::string_view record);
  void complete(const Record& record);
};

Writer::State::Record Writer::State::start(std::string_view record, std::uint64_t size_bytes) {
  require(!open && !is_finished, "zip::Writer: a record was started before the last one ended");
  Record started;
  started.name = concat(options.top_folder, '/', record);
  return within(concat("record ", quote(record)), [&] {
    started.layout = lay_out({.header_offset = out.position(),
                              .name_bytes = started.name.size(),
                              .size_bytes = size_bytes},
                             options.alignment_bytes);
    note_name(record);
    started.missing_bytes = size_bytes;
    Bytes header;
    append_local_header(header, started.layout, started.name);
    out.write(header);
    return started;
  });
}

void Writer::State::note_name(std::string_view record) {
  if (!id.add_name(record)) throw Error(ErrorKind::conflict, "is written twice");
}

void Writer::State::complete(const Record& record) {
  Bytes descriptor;
  append_descriptor(descriptor, record.layout, record.crc32);
  out.write(descriptor);
  id.add_payload(record.head, record.crc32);
  append_central_entry(directory, record.layout, record.name, record.crc32);
  ++entry_count;
}

Writer::Writer(FileWriter& out, WriterOptions options) {
  check_alignment(options.alignment_bytes);
  state_ = std::unique_ptr<State>(new State{.out = out, .options = std::move(options)});
}

Writer::~Writer() = default;

void Writer::add(std::string_view record, ByteView payload) {
  begin(record, payload.size());
  write(payload);
  end();
}

void Writer::add(std::string_view record, const FileRange& payload, std::uint32_t crc32) {
  State::Record added = state_->start(record, payload.size_bytes);
  state_->out.write_range(payload);
  added.head.resize(
      static_cast<std::size_t>(std::min<std::uint64_t>(head_bytes, payload.size_bytes)));
  payload.file->read_at(payload.offset, added.head);
  const bool has_crc = payload.size_bytes > 0 && state_->options.checksums == Checksums::computed;
  added.crc32 = has_crc ? crc32 : 0;
  state_->complete(added);
}

void Writer::keep(std::string_view record, ByteView central_header) {
  require(!state_->open && !state_->is_finished, "zip::Writer: kept inside of a record");
  within(concat("record ", quote(record)), [&] { state_->note_name(record); });
  append_bytes(state_->directory, central_header);
  ++state_->entry_count;
}

void Writer::begin(std::string_view record, std::uint64_t size_bytes) {
  state_->open = state_->start(record, size_bytes);
}

void Writer::write(ByteView piece) {
  require(state_->open.has_value(), "zip::Writer: bytes outside of a record");
  State::Record& record = *state_->open;
  require(piece.size() <= record.missing_bytes, "zip::Writer: a record is longer than announced");
  append_bytes(record.head, piece.first(std::min(piece.size(), head_bytes - record.head.size())));
  if (state_->options.checksums == Checksums::computed)
    record.crc32 = zip::crc32(record.crc32, piece);
  state_->out.write(piece);
  record.missing_bytes -= piece.size();
}

void Writer::end() {
  require(state_->open.has_value(), "zip::Writer: no record to end");
  require(state_->open->missing_bytes == 0, "zip::Writer: a record is shorter than announced");
  state_->complete(*state_->open);
  state_->open.reset();
}

void Writer::finish() {
  State& state = *state_;
  require(!state.open && !state.is_finished, "zip::Writer: finished inside of a record or twice");
  const DirectoryPlace place{state.out.position(), state.directory.size(), state.entry_count};
  state.out.write(state.directory);
  Bytes tail;
  append_tail(tail, place);
  state.out.write(tail);
  state.is_finished = true;
}

std::string Writer::serialization_id() const { return state_->id.text(); }

std::uint64_t Writer::archive_bytes(
    const WriterOptions& options,
    const std::vector<std::pair<std::string, std::uint64_t>>& records) {
  check_alignment(options.alignment_bytes);
  std::uint64_t offset = 0;
  std::uint64_t directory_bytes = 0;
  for (const auto& [record, size_bytes] : records) {
    const RecordLayout layout =
        lay_out({.header_offset = offset,
                 .name_bytes = options.top_folder.size() + 1 + record.size(),
                 .size_bytes = size_bytes},
                options.alignment_bytes);
    offset = layout.end_offset();
    directory_bytes += layout.central_bytes();
  }
  return checked_add(offset, directory_bytes + tail_bytes, "size of the archive");
}

}  // namespace ckpt::zip
