#include "formats/torch_zip/salvage_records.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/archive.hpp"
#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

/// No key of a checkpoint is longer.
constexpr std::uint64_t most_name_bytes = 4096;

/// Walks from header to header, and looks for the next one where there is none.
class HeaderWalk {
 public:
  explicit HeaderWalk(const RecordSearch& search)
      : search_(search),
        file_(*search.file),
        signatures_(file_),
        search_bytes_left_(4 * file_.size_bytes() + (1 << 24)) {}

  std::vector<FoundRecord> run() {
    std::uint64_t offset = 0;
    while (const auto header = find_next(offset)) {
      const auto record = find_record(*header);
      if (!record) {
        offset = header->header_offset + 1;
        continue;
      }
      records_.push_back(*record);
      offset = end_of(*record);
    }
    return std::move(records_);
  }

 private:
  std::optional<zip::LocalHeader> find_next(std::uint64_t offset) {
    while (const auto at = signatures_.find(offset)) {
      auto header = zip::find_local_header(file_, *at, most_name_bytes);
      if (header && header->name.starts_with(concat(search_.top_folder, '/'))) return header;
      offset = *at + 1;
    }
    return std::nullopt;
  }

  std::optional<FoundRecord> find_record(const zip::LocalHeader& header) {
    FoundRecord record{.name = std::string(without_folder(header.name)),
                       .payload_offset = header.payload_offset,
                       .is_stored = header.method == 0};
    if (!header.has_descriptor()) {
      record.size_bytes = header.compressed_bytes;
      record.crc32 = header.crc32;
      return record;
    }
    const auto size = search_.find_size(record.name);
    const auto found = size ? size : find_small_size(header);
    if (!found) return std::nullopt;
    record.size_bytes = *found;
    if (const auto descriptor =
            zip::find_descriptor(file_, header, header.payload_offset + record.size_bytes);
        descriptor && descriptor->size_bytes == record.size_bytes)
      record.crc32 = descriptor->crc32;
    return record;
  }

  /// Of a record that the object does not know: up to a descriptor that says this very size.
  std::optional<std::uint64_t> find_small_size(const zip::LocalHeader& header) {
    constexpr std::uint64_t most_bytes = 64 << 10;
    const std::uint64_t rest = file_.size_bytes() - header.payload_offset;
    const std::uint64_t searched = std::min({rest, most_bytes, search_bytes_left_});
    search_bytes_left_ -= searched;
    const Bytes bytes = file_.read_bytes(header.payload_offset, searched);
    const std::string_view text = as_text(bytes);
    for (std::size_t at = text.find("PK\7\10"); at != std::string_view::npos;
         at = text.find("PK\7\10", at + 1)) {
      const auto descriptor = zip::find_descriptor(file_, header, header.payload_offset + at);
      if (descriptor && descriptor->size_bytes == at) return at;
    }
    return std::nullopt;
  }

  /// The descriptor is passed over by looking for the next signature.
  std::uint64_t end_of(const FoundRecord& record) const {
    const std::uint64_t rest = file_.size_bytes() - record.payload_offset;
    return record.payload_offset + std::min(record.size_bytes, rest);
  }

  const RecordSearch& search_;
  const File& file_;
  zip::LocalSignatures signatures_;
  std::uint64_t search_bytes_left_;  // headers that overlap must not cost the file each time
  std::vector<FoundRecord> records_;
};

/// Where PyTorch puts a payload when its header cannot be read.
std::uint64_t usual_payload_offset(const zip::Entry& entry) {
  constexpr std::uint64_t alignment = 64;
  const std::uint64_t least = entry.header_offset + 30 + entry.name.size() + 4;
  return (least + alignment - 1) / alignment * alignment;
}

std::vector<FoundRecord> find_by_directory(const File& file, const zip::Archive& archive) {
  std::vector<FoundRecord> records;
  for (const zip::Entry& entry : archive.entries()) {
    const auto header = zip::find_local_header(file, entry.header_offset);
    const bool is_right = header && header->name == entry.name;
    records.push_back(
        {.name = std::string(without_folder(entry.name)),
         .payload_offset = is_right ? header->payload_offset : usual_payload_offset(entry),
         .size_bytes = entry.compressed_bytes,
         .crc32 = entry.crc32,
         .is_stored = entry.method == zip::Method::stored});
  }
  return records;
}

}  // namespace

std::optional<zip::LocalHeader> find_first_header(const File& file, std::string_view name) {
  zip::LocalSignatures signatures(file);
  std::uint64_t offset = 0;
  while (const auto at = signatures.find(offset)) {
    auto header = zip::find_local_header(file, *at, most_name_bytes);
    if (header && without_folder(header->name) == name) return header;
    offset = *at + 1;
  }
  return std::nullopt;
}

std::vector<FoundRecord> find_records(const RecordSearch& search) {
  try {
    return find_by_directory(*search.file, zip::Archive(search.file));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return HeaderWalk(search).run();
  }
}

}  // namespace ckpt::formats
