#include "zip/directory.hpp"

#include <algorithm>
#include <optional>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "zip/records.hpp"

namespace ckpt::zip {

namespace {

constexpr std::uint16_t encrypted_flag = 1 << 0;
constexpr std::uint16_t patched_flag = 1 << 5;
constexpr std::uint16_t strongly_encrypted_flag = 1 << 6;
constexpr std::uint16_t masked_flag = 1 << 13;

/// One of the DOS file attributes.
constexpr std::uint32_t folder_attribute = 1 << 4;

/// The largest possible ratio: a match of 258 bytes costs at least two bits. A larger claim is
/// false.
constexpr std::uint64_t most_deflated_ratio = 1032;

[[noreturn]] void refuse(ErrorKind kind, const Entry& entry, std::string_view reason) {
  throw Error(kind, concat("entry ", quote(entry.name), ": ", reason));
}

/// The fields of the fixed header that Entry does not keep.
struct Header {
  std::uint16_t method = 0;
  std::uint16_t name_bytes = 0;
  std::uint16_t extra_bytes = 0;
  std::uint16_t comment_bytes = 0;
  std::uint64_t disk = 0;
  std::uint32_t attributes = 0;
};

Header read_header(ByteReader& directory, Entry& entry) {
  ByteReader fixed(directory.take(central_header_bytes, "header of an entry"));
  const std::uint32_t signature = fixed.read_u32("signature");
  if (signature != central_signature)
    throw Error(ErrorKind::malformed,
                concat("header of an entry: expected the signature ", hex_text(central_signature),
                       ", got ", hex_text(signature)));
  Header header;
  fixed.take(2, "version made by");
  entry.version_needed = fixed.read_u16("version needed");
  entry.flags = fixed.read_u16("flags");
  header.method = fixed.read_u16("method");
  fixed.take(4, "time and date");
  entry.crc32 = fixed.read_u32("CRC-32");
  entry.compressed_bytes = fixed.read_u32("compressed size");
  entry.size_bytes = fixed.read_u32("size");
  header.name_bytes = fixed.read_u16("name length");
  header.extra_bytes = fixed.read_u16("extra length");
  header.comment_bytes = fixed.read_u16("comment length");
  header.disk = fixed.read_u16("disk");
  fixed.take(2, "internal attributes");
  header.attributes = fixed.read_u32("external attributes");
  entry.header_offset = fixed.read_u32("header offset");
  return header;
}

std::optional<ByteView> find_zip64_block(ByteView extra_field) {
  ByteReader extra(extra_field);
  // Some tools pad the extra field with a few zeros, which form no block.
  while (extra.remaining() >= 4) {
    const std::uint16_t id = extra.read_u16("id of an extra block");
    const ByteView body =
        extra.take(extra.read_u16("length of an extra block"), "body of an extra block");
    if (id == zip64_extra_id) return body;
  }
  return std::nullopt;
}

bool has_saturated(const Entry& entry, const Header& header) {
  return entry.size_bytes == saturated_32 || entry.compressed_bytes == saturated_32 ||
         entry.header_offset == saturated_32 || header.disk == saturated_16;
}

/// Replaces each saturated field by its value in the zip64 block. The block holds only the
/// saturated fields, in this order.
void resolve_saturated(ByteView extra_field, Entry& entry, Header& header) {
  const auto block = find_zip64_block(extra_field);
  if (!block)
    throw Error(ErrorKind::malformed, "has a saturated size or offset, but no zip64 block");
  ByteReader zip64(*block);
  if (entry.size_bytes == saturated_32) entry.size_bytes = zip64.read_u64("zip64 size");
  if (entry.compressed_bytes == saturated_32)
    entry.compressed_bytes = zip64.read_u64("zip64 compressed size");
  if (entry.header_offset == saturated_32)
    entry.header_offset = zip64.read_u64("zip64 header offset");
  if (header.disk == saturated_16) header.disk = zip64.read_u32("zip64 disk");
}

Method method_from(std::uint16_t number, const Entry& entry) {
  switch (number) {
    case 0:
      return Method::stored;
    case 8:
      return Method::deflated;
    default:
      break;
  }
  refuse(ErrorKind::unsupported, entry,
         concat("compression method ", number, ", expected stored (0) or deflated (8)"));
}

void refuse_unreadable(const Entry& entry, const Header& header) {
  if (header.disk != 0) refuse(ErrorKind::unsupported, entry, "is on another disk");
  if ((entry.flags & (encrypted_flag | strongly_encrypted_flag)) != 0)
    refuse(ErrorKind::unsupported, entry, "is encrypted");
  if ((entry.flags & patched_flag) != 0)
    refuse(ErrorKind::unsupported, entry, "is a patch of another file");
  if ((entry.flags & masked_flag) != 0)
    refuse(ErrorKind::unsupported, entry, "has a masked header");
  // PyTorch believes the attribute: it reads nothing and returns uninitialized memory.
  if ((header.attributes & folder_attribute) != 0 && entry.size_bytes > 0)
    refuse(ErrorKind::malformed, entry,
           concat("is marked as a folder, but has ", counted(entry.size_bytes, "byte")));
}

void check_sizes(const Entry& entry, const DirectoryPlace& place) {
  if (entry.method == Method::stored && entry.compressed_bytes != entry.size_bytes)
    refuse(ErrorKind::malformed, entry,
           concat("is stored, but its ", counted(entry.size_bytes, "byte"), " take ",
                  entry.compressed_bytes));
  const bool can_unfold = entry.size_bytes == 0 ||
                          (entry.size_bytes - 1) / most_deflated_ratio < entry.compressed_bytes;
  if (entry.method == Method::deflated && !can_unfold)
    refuse(ErrorKind::malformed, entry,
           concat(counted(entry.compressed_bytes, "deflated byte"), " cannot unfold to ",
                  entry.size_bytes));
  const auto payload = find_sum(entry.header_offset, local_header_bytes);
  const auto end = payload ? find_sum(*payload, entry.compressed_bytes) : std::nullopt;
  if (!end || *end > place.offset)
    refuse(ErrorKind::malformed, entry,
           concat(counted(entry.compressed_bytes, "byte"), " after the header at byte ",
                  entry.header_offset, " reach beyond byte ", place.offset,
                  ", where the directory starts"));
}

Entry read_entry(ByteReader& directory, const DirectoryPlace& place) {
  Entry entry;
  entry.central_offset = directory.position();
  Header header = read_header(directory, entry);
  entry.name = as_text(directory.take(header.name_bytes, "name of an entry"));
  const ByteView extra = directory.take(header.extra_bytes, "extra field of an entry");
  directory.take(header.comment_bytes, "comment of an entry");
  entry.central_bytes = directory.position() - entry.central_offset;
  if (has_saturated(entry, header))
    within(concat("entry ", quote(entry.name)), [&] { resolve_saturated(extra, entry, header); });
  refuse_unreadable(entry, header);
  entry.method = method_from(header.method, entry);
  check_sizes(entry, place);
  return entry;
}

}  // namespace

std::vector<Entry> parse_directory(ByteView directory, const DirectoryPlace& place) {
  ByteReader reader(directory);
  std::vector<Entry> entries;
  entries.reserve(static_cast<std::size_t>(place.entry_count));
  for (std::uint64_t i = 0; i < place.entry_count; ++i)
    entries.push_back(read_entry(reader, place));
  if (!reader.is_at_end())
    throw Error(ErrorKind::malformed,
                concat("claims ", counted(place.entry_count, "entry", "entries"), ", but ",
                       counted(reader.remaining(), "byte"), " follow them"));
  return entries;
}

void refuse_overlaps(const std::vector<Entry>& entries) {
  std::vector<const Entry*> by_offset;
  by_offset.reserve(entries.size());
  for (const Entry& entry : entries) by_offset.push_back(&entry);
  const auto is_before = [](const Entry* a, const Entry* b) {
    return a->header_offset < b->header_offset;
  };
  if (!std::ranges::is_sorted(by_offset, is_before)) std::ranges::stable_sort(by_offset, is_before);
  for (std::size_t i = 0; i + 1 < by_offset.size(); ++i) {
    const Entry& entry = *by_offset[i];
    const Entry& next = *by_offset[i + 1];
    const std::uint64_t least_bytes =
        local_header_bytes + entry.name.size() + entry.compressed_bytes;
    if (next.header_offset - entry.header_offset >= least_bytes) continue;
    throw Error(ErrorKind::malformed,
                concat("entries ", quote(entry.name), " and ", quote(next.name),
                       " overlap at byte ", next.header_offset));
  }
}

}  // namespace ckpt::zip
