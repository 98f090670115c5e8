// Two ways to check an archive. For PyTorch's layout, record_layout.hpp computes every header,
// padding and descriptor from the directory, and the file must have exactly these bytes. For other
// layouts, each header and descriptor is parsed and compared with the directory.

#include "ckpt/zip/audit.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/crc32.hpp"
#include "ckpt/zip/inflate.hpp"
#include "ckpt/zip/local_headers.hpp"
#include "zip/record_layout.hpp"

namespace ckpt::zip {

namespace {

constexpr std::size_t read_buffer_bytes = 1 << 20;

/// Doubles the number of zeros in each step: as many steps as the count has bits.
std::uint32_t crc32_of_zeros(std::uint64_t count) {
  std::uint32_t crc = 0;
  std::uint64_t covered = 0;
  const std::uint32_t one = crc32(0, Bytes(1));
  for (auto bit = static_cast<int>(std::bit_width(count)); bit-- > 0;) {
    crc = crc32_combine(crc, crc, covered);
    covered *= 2;
    if ((count >> bit & 1) == 0) continue;
    crc = crc32_combine(crc, one, 1);
    ++covered;
  }
  return crc;
}

class Auditor {
 public:
  Auditor(const Archive& archive, const AuditOptions& options)
      : archive_(archive), file_(*archive.file()), options_(options) {
    for (const Entry& entry : archive.entries()) entries_.push_back(&entry);
    std::ranges::stable_sort(entries_, {}, &Entry::header_offset);
  }

  Audit run() {
    audit_.has_torch_layout = is_torch_layout();
    position_ = 0;
    for (const Entry* entry : entries_) {
      if (audit_.has_torch_layout) {
        compare_record(*entry);
      } else {
        check_record(*entry);
      }
    }
    if (audit_.has_torch_layout) {
      compare_directory();
    } else {
      check_gap(archive_.directory_offset());
    }
    std::ranges::stable_sort(audit_.damages, {}, &Damage::offset);
    return std::move(audit_);
  }

 private:
  void add(const Entry* entry, std::uint64_t offset, std::string what, bool is_payload = false) {
    audit_.damages.push_back(
        {entry == nullptr ? "" : entry->name, offset, std::move(what), is_payload});
  }

  RecordLayout layout_of(const Entry& entry, std::uint64_t header_offset) const {
    return lay_out({.header_offset = header_offset,
                    .name_bytes = entry.name.size(),
                    .size_bytes = entry.size_bytes},
                   options_.alignment_bytes);
  }

  Bytes read_up_to(std::uint64_t offset, std::uint64_t size_bytes) const {
    const std::uint64_t rest = file_.size_bytes() - std::min(offset, file_.size_bytes());
    return file_.read_bytes(std::min(offset, file_.size_bytes()), std::min(rest, size_bytes));
  }

  /// Whether most headers are as PyTorch writes them. If so, a header that differs is damage; if
  /// not, another program wrote the archive.
  bool is_torch_layout() const {
    std::size_t same = 0;
    for (const Entry* entry : entries_) {
      if (entry->method != Method::stored) return false;
      if (has_torch_header(*entry)) ++same;
    }
    return 2 * same > entries_.size();
  }

  bool has_torch_header(const Entry& entry) const {
    Bytes header;
    append_local_header(header, layout_of(entry, entry.header_offset), entry.name);
    return read_up_to(entry.header_offset, header.size()) == header;
  }

  // ---- PyTorch's layout: every byte except the payloads is known in advance

  void compare_record(const Entry& entry) {
    if (entry.header_offset != position_) skip_gap(entry);
    const RecordLayout layout = layout_of(entry, position_);
    Bytes expected;
    append_local_header(expected, layout, entry.name);
    compare(&entry, position_, expected, "the local header");
    check_payload(entry, {archive_.file(), layout.payload_offset(), entry.size_bytes});
    expected.clear();
    append_descriptor(expected, layout, entry.crc32);
    compare(&entry, layout.payload_offset() + entry.size_bytes, expected, "the descriptor");
    append_central_entry(central_entries_[&entry], layout, entry.name, entry.crc32);
    position_ = layout.end_offset();
  }

  /// Skips records that an edit in place has replaced.
  void skip_gap(const Entry& entry) {
    if (entry.header_offset > position_ && has_torch_header(entry)) {
      audit_.idle_bytes += entry.header_offset - position_;
      position_ = entry.header_offset;
      return;
    }
    add(&entry, position_,
        concat("the directory says byte ", entry.header_offset, ", but the record starts at byte ",
               position_));
  }

  void compare_directory() {
    Bytes directory;
    for (const Entry& entry : archive_.entries()) append_bytes(directory, central_entries_[&entry]);
    check_gap(archive_.directory_offset());
    const DirectoryPlace place{position_, directory.size(), entries_.size()};
    compare(nullptr, position_, directory, "the directory");
    Bytes tail;
    append_tail(tail, place);
    const std::uint64_t tail_offset = position_ + directory.size();
    compare(nullptr, tail_offset, tail, "the end records");
    const std::uint64_t end = tail_offset + tail.size();
    if (end < file_.size_bytes()) {
      audit_.idle_bytes += file_.size_bytes() - end;
      add(nullptr, end, concat(counted(file_.size_bytes() - end, "byte"), " follow the archive"));
    }
  }

  void compare(const Entry* entry, std::uint64_t offset, const Bytes& expected,
               std::string_view what) {
    const Bytes got = read_up_to(offset, expected.size());
    report_read(got.size());
    if (got == expected) return;
    const auto differing = std::ranges::mismatch(got, expected);
    const auto index = static_cast<std::uint64_t>(differing.in1 - got.begin());
    const auto value = [](auto at, auto end) {
      return at == end ? std::string("the end") : hex_text(std::to_integer<std::uint64_t>(*at));
    };
    add(entry, offset + index,
        concat(what, " is damaged: expected ", value(differing.in2, expected.end()), ", got ",
               value(differing.in1, got.end())));
  }

  // ---- any other layout

  void check_record(const Entry& entry) {
    check_gap(entry.header_offset);
    const auto header = find_local_header(file_, entry.header_offset);
    if (!header) return add(&entry, entry.header_offset, "the local header is damaged");
    if (header->name != entry.name)
      add(&entry, entry.header_offset,
          concat("the local header names ", quote(header->name), " instead"));
    if (header->method != static_cast<std::uint16_t>(entry.method))
      add(&entry, entry.header_offset, "the local header has another compression method");
    if (header->flags != entry.flags)
      add(&entry, entry.header_offset, "the local header has other flags");
    std::optional<FileRange> payload;
    try {
      payload = archive_.payload(entry);
    } catch (const Error& error) {
      return add(&entry, entry.header_offset, error.message());
    }
    check_payload(entry, *payload);
    position_ = payload->offset + payload->size_bytes;
    check_sizes(entry, *header);
  }

  void check_sizes(const Entry& entry, const LocalHeader& header) {
    const auto agree = [&](const auto& found) {
      return found.crc32 == entry.crc32 && found.compressed_bytes == entry.compressed_bytes &&
             found.size_bytes == entry.size_bytes;
    };
    if (!header.has_descriptor()) {
      if (!header.has_zip64_block && !agree(header))
        add(&entry, entry.header_offset,
            "CRC or sizes of the local header differ from the directory");
      return;
    }
    if (entry.size_bytes == 0 && entry.compressed_bytes == 0 && entry.crc32 == 0) return;
    const auto descriptor = find_descriptor(file_, header, position_);
    if (!descriptor) return;  // without its signature, a descriptor cannot be told from a gap
    if (!agree(*descriptor)) add(&entry, position_, "the descriptor differs from the directory");
    position_ += descriptor->length_bytes;
  }

  void check_gap(std::uint64_t end) {
    if (position_ < end) audit_.idle_bytes += end - position_;
    position_ = std::max(position_, end);
  }

  // ---- payloads

  void check_payload(const Entry& entry, const FileRange& range) {
    if (range.offset > file_.size_bytes() || range.size_bytes > file_.size_bytes() - range.offset)
      return add(&entry, range.offset, "the payload reaches beyond the end of the file", true);
    try {
      const std::uint32_t crc = crc_of(entry, range);
      if (entry.crc32 == 0 && entry.size_bytes > 0 && crc != 0) {
        audit_.unverifiable.push_back(entry.name);
      } else if (crc != entry.crc32) {
        add(&entry, range.offset,
            concat("the payload is damaged: expected CRC-32 ", hex_text(entry.crc32), ", got ",
                   hex_text(crc)),
            true);
      }
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      add(&entry, range.offset, error.message(), true);
    }
  }

  std::uint32_t crc_of(const Entry& entry, FileRange range) {
    buffer_.resize(read_buffer_bytes);
    std::uint32_t crc = 0;
    if (entry.method == Method::deflated) {
      Inflater inflater(range, entry.size_bytes);
      for (std::size_t count = inflater.read(buffer_); count > 0; count = inflater.read(buffer_))
        crc = crc32(crc, ByteView(buffer_).first(count));
      report_read(range.size_bytes);
      return crc;
    }
    while (range.size_bytes > 0) {
      if (const std::uint64_t zeros = count_hole_bytes(range); zeros > 0) {
        crc = crc32_combine(crc, crc32_of_zeros(zeros), zeros);
        range.offset += zeros;
        range.size_bytes -= zeros;
        report_read(zeros);
        continue;
      }
      const auto piece = std::span(buffer_).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(range.size_bytes, buffer_.size())));
      file_.read_at(range.offset, piece);
      crc = crc32(crc, piece);
      range.offset += piece.size();
      range.size_bytes -= piece.size();
      report_read(piece.size());
    }
    return crc;
  }

  /// The length of the hole at the start of `range`. A sparse file can claim terabytes of zeros;
  /// their CRC is computed, not read.
  std::uint64_t count_hole_bytes(const FileRange& range) const {
    const std::uint64_t end = range.offset + range.size_bytes;
    return std::min(file_.find_data(range.offset).value_or(end), end) - range.offset;
  }

  void report_read(std::uint64_t bytes) const {
    if (options_.on_bytes) options_.on_bytes(bytes);
  }

  const Archive& archive_;
  const File& file_;
  const AuditOptions& options_;
  std::vector<const Entry*> entries_;  // in file order
  Audit audit_;
  std::uint64_t position_ = 0;
  std::unordered_map<const Entry*, Bytes> central_entries_;  // the bytes that they must have
  Bytes buffer_;
};

}  // namespace

Audit audit(const Archive& archive, const AuditOptions& options) {
  return Auditor(archive, options).run();
}

}  // namespace ckpt::zip
