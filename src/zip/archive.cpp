#include "ckpt/zip/archive.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ckpt/base/ascii.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/crc32.hpp"
#include "ckpt/zip/inflate.hpp"
#include "zip/directory.hpp"
#include "zip/end_records.hpp"
#include "zip/records.hpp"

namespace ckpt::zip {

namespace {

/// FNV-1a hash of the name in lower case.
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : name)
    hash = (hash ^ static_cast<std::uint8_t>(to_lower(letter))) * 0x100000001b3;
  return hash;
}

bool is_before_without_case(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, to_lower, to_lower);
}

bool is_equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

[[noreturn]] void throw_repeated(const Entry& first, const Entry& second) {
  if (first.name == second.name)
    throw Error(ErrorKind::malformed,
                concat("zip directory: entry ", quote(first.name), " occurs more than once"));
  throw Error(ErrorKind::malformed,
              concat("zip directory: entries ", quote(first.name), " and ", quote(second.name),
                     " differ only by case, which PyTorch does not tell apart"));
}

/// A CRC of 0 means that none was computed: torch.serialization.set_crc32_options(False).
void refuse_wrong_crc(const Entry& entry, ByteView payload) {
  if (entry.crc32 == 0) return;
  const std::uint32_t crc = crc32(0, payload);
  if (crc == entry.crc32) return;
  throw Error(ErrorKind::malformed, concat("is damaged: expected CRC-32 ", hex_text(entry.crc32),
                                           ", got ", hex_text(crc)));
}

}  // namespace

Archive::Archive(std::shared_ptr<const File> file) : file_(std::move(file)) {
  const FileTail tail = read_tail(*file_);
  const DirectoryPlace place = find_directory(*file_, tail);
  directory_offset_ = place.offset;
  directory_bytes_ = place.size_bytes;
  within("zip directory", [&] {
    entries_ = parse_directory(read_bytes(*file_, tail, place.offset, place.size_bytes), place);
    refuse_overlaps(entries_);
  });
  index_names();
  index_offsets();
}

bool Archive::is_before(const NameKey& key, std::uint64_t hash, std::string_view name) const {
  if (key.hash != hash) return key.hash < hash;
  return is_before_without_case(entries_[key.entry].name, name);
}

void Archive::index_names() {
  names_.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i)
    names_.push_back({hash_of(entries_[i].name), i});
  std::ranges::sort(names_, [this](const NameKey& a, const NameKey& b) {
    return is_before(a, b.hash, entries_[b.entry].name);
  });
  const auto repeated = std::ranges::adjacent_find(names_, [this](NameKey a, NameKey b) {
    return a.hash == b.hash &&
           is_equal_without_case(entries_[a.entry].name, entries_[b.entry].name);
  });
  if (repeated == names_.end()) return;
  const auto [first, second] = std::minmax(repeated[0].entry, repeated[1].entry);
  throw_repeated(entries_[first], entries_[second]);
}

void Archive::index_offsets() {
  header_offsets_.reserve(entries_.size());
  for (const Entry& entry : entries_) header_offsets_.push_back(entry.header_offset);
  if (!std::ranges::is_sorted(header_offsets_)) std::ranges::sort(header_offsets_);
}

const Entry* Archive::find(std::string_view name) const {
  const std::uint64_t hash = hash_of(name);
  const auto found = std::ranges::partition_point(
      names_, [&](const NameKey& key) { return is_before(key, hash, name); });
  if (found == names_.end() || entries_[found->entry].name != name) return nullptr;
  return &entries_[found->entry];
}

/// The offset of the next header, or of the directory: the payload must end before it.
std::uint64_t Archive::limit_of(const Entry& entry) const {
  const auto next = std::ranges::upper_bound(header_offsets_, entry.header_offset);
  return next == header_offsets_.end() ? directory_offset_ : *next;
}

FileRange Archive::payload(const Entry& entry) const {
  return within(concat("entry ", quote(entry.name)), [&] {
    std::array<std::byte, local_header_bytes> bytes{};
    file_->read_at(entry.header_offset, bytes);
    ByteReader header(bytes);
    const std::uint32_t signature = header.read_u32("signature");
    if (signature != local_signature)
      throw Error(ErrorKind::malformed,
                  concat("local header at byte ", entry.header_offset, ": expected the signature ",
                         hex_text(local_signature), ", got ", hex_text(signature)));
    header.take(22, "what the directory says too");
    const std::uint64_t name_bytes = header.read_u16("name length");
    const std::uint64_t extra_bytes = header.read_u16("extra length");
    const std::uint64_t offset =
        entry.header_offset + local_header_bytes + name_bytes + extra_bytes;
    const std::uint64_t limit = limit_of(entry);
    if (offset > limit || entry.compressed_bytes > limit - offset)
      throw Error(ErrorKind::malformed,
                  concat(counted(entry.compressed_bytes, "byte"), " from byte ", offset,
                         " reach beyond byte ", limit, ", where something else starts"));
    return FileRange{file_, offset, entry.compressed_bytes};
  });
}

Bytes Archive::read(const Entry& entry, std::uint64_t most_bytes) const {
  if (entry.size_bytes > most_bytes)
    throw Error(ErrorKind::limit,
                concat("entry ", quote(entry.name), ": has ", counted(entry.size_bytes, "byte"),
                       ", expected at most ", most_bytes));
  const FileRange range = payload(entry);
  return within(concat("entry ", quote(entry.name)), [&] {
    Bytes bytes(static_cast<std::size_t>(entry.size_bytes));
    if (entry.method == Method::stored) {
      file_->read_at(range.offset, bytes);
    } else {
      Inflater(range, entry.size_bytes).read(bytes);
    }
    refuse_wrong_crc(entry, bytes);
    return bytes;
  });
}

}  // namespace ckpt::zip
