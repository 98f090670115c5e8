#include "zip/end_records.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "zip/records.hpp"

namespace ckpt::zip {

namespace {

constexpr std::uint64_t longest_comment_bytes = 65535;

/// The fields that the end record and its zip64 form have in common.
struct Claims {
  std::uint64_t disk = 0;
  std::uint64_t directory_disk = 0;
  std::uint64_t entries_on_disk = 0;
  std::uint64_t entries = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t offset = 0;
};

Claims read_claims(ByteReader& end) {
  Claims claims;
  claims.disk = end.read_u16("disk number");
  claims.directory_disk = end.read_u16("disk of the directory");
  claims.entries_on_disk = end.read_u16("number of entries on the disk");
  claims.entries = end.read_u16("number of entries");
  claims.size_bytes = end.read_u32("size of the directory");
  claims.offset = end.read_u32("offset of the directory");
  return claims;
}

Claims read_zip64_claims(ByteReader& end) {
  Claims claims;
  end.take(12, "size and versions of the zip64 end record");
  claims.disk = end.read_u32("disk number");
  claims.directory_disk = end.read_u32("disk of the directory");
  claims.entries_on_disk = end.read_u64("number of entries on the disk");
  claims.entries = end.read_u64("number of entries");
  claims.size_bytes = end.read_u64("size of the directory");
  claims.offset = end.read_u64("offset of the directory");
  return claims;
}

[[noreturn]] void throw_no_end_record(const File& file) {
  Bytes start(static_cast<std::size_t>(std::min<std::uint64_t>(4, file.size_bytes())));
  file.read_at(0, start);
  const bool is_zip_start =
      start.size() == 4 && from_little_endian<std::uint32_t>(start.data()) == local_signature;
  throw Error(ErrorKind::malformed,
              is_zip_start ? "the zip directory at the end is missing: the file is truncated"
                           : "not a zip archive: no zip directory at the end");
}

/// The offset of the end record in the file.
std::uint64_t find_end_record(const File& file, const FileTail& tail) {
  const std::string_view text = as_text(tail.bytes);
  const std::size_t first_start =
      text.size() - static_cast<std::size_t>(
                        std::min<std::uint64_t>(text.size(), end_bytes + longest_comment_bytes));
  std::size_t at = text.rfind("PK\5\6");
  while (at != std::string_view::npos && at >= first_start) {
    const std::size_t remaining = text.size() - at;
    if (remaining >= end_bytes) {
      const auto comment_bytes = from_little_endian<std::uint16_t>(&tail.bytes[at + end_bytes - 2]);
      if (remaining - end_bytes >= comment_bytes) return tail.offset + at;
    }
    at = at == 0 ? std::string_view::npos : text.rfind("PK\5\6", at - 1);
  }
  throw_no_end_record(file);
}

/// Throws Error{unsupported} when the archive is spread over `disks` files.
void refuse_several_disks(std::uint64_t disks) {
  if (disks > 1) throw Error(ErrorKind::unsupported, "the zip archive is split over several disks");
}

/// The offset of the zip64 end record, which the locator in front of `end_offset` gives; nothing
/// without a locator.
std::optional<std::uint64_t> find_zip64_end_record(const FileTail& tail, std::uint64_t end_offset) {
  if (end_offset - tail.offset < zip64_locator_bytes) return std::nullopt;
  const auto at = static_cast<std::size_t>(end_offset - tail.offset - zip64_locator_bytes);
  ByteReader locator(ByteView(tail.bytes).subspan(at, zip64_locator_bytes));
  if (locator.read_u32("signature") != zip64_locator_signature) return std::nullopt;
  refuse_several_disks(std::uint64_t{locator.read_u32("disk of the zip64 end record")} + 1);
  const std::uint64_t offset = locator.read_u64("offset of the zip64 end record");
  refuse_several_disks(locator.read_u32("number of disks"));
  const std::uint64_t locator_offset = end_offset - zip64_locator_bytes;
  if (offset > locator_offset || locator_offset - offset < zip64_end_bytes)
    throw Error(ErrorKind::malformed,
                concat("the zip64 end record is said to be at byte ", offset,
                       ", expected it before its locator at byte ", locator_offset));
  return offset;
}

Claims read_zip64_end_record(const File& file, const FileTail& tail, std::uint64_t offset) {
  const Bytes bytes = read_bytes(file, tail, offset, zip64_end_bytes);
  ByteReader end(bytes);
  const std::uint32_t signature = end.read_u32("signature");
  if (signature != zip64_end_signature)
    throw Error(ErrorKind::malformed,
                concat("the zip64 end record at byte ", offset, ": expected the signature ",
                       hex_text(zip64_end_signature), ", got ", hex_text(signature)));
  return read_zip64_claims(end);
}

struct Field {
  std::string_view what;
  std::uint64_t Claims::*value;
  std::uint64_t saturated;
};

constexpr Field fields[] = {
    {"disk number", &Claims::disk, saturated_16},
    {"disk of the directory", &Claims::directory_disk, saturated_16},
    {"number of entries on the disk", &Claims::entries_on_disk, saturated_16},
    {"number of entries", &Claims::entries, saturated_16},
    {"size of the directory", &Claims::size_bytes, saturated_32},
    {"offset of the directory", &Claims::offset, saturated_32},
};

/// PyTorch uses the zip64 form; other readers use the fields that are not saturated. Both must
/// agree, or two programs would see two archives in one file.
void refuse_contradictions(const Claims& claims, const Claims& zip64) {
  for (const Field& field : fields) {
    const std::uint64_t claim = claims.*field.value;
    if (claim == field.saturated || claim == zip64.*field.value) continue;
    throw Error(ErrorKind::malformed, concat(field.what, " is ", claim, " in the end record, but ",
                                             zip64.*field.value, " in its zip64 form"));
  }
}

DirectoryPlace check_claims(const Claims& claims, std::uint64_t expected_end) {
  if (claims.disk != 0 || claims.directory_disk != 0 || claims.entries_on_disk != claims.entries)
    refuse_several_disks(2);
  const auto end = find_sum(claims.offset, claims.size_bytes);
  if (!end || *end > expected_end)
    throw Error(ErrorKind::malformed,
                concat(counted(claims.size_bytes, "byte"), " from byte ", claims.offset,
                       " reach into the end record at byte ", expected_end),
                "the start of the file may be missing");
  // Offsets count from byte 0 of the file. With a gap they belong to another archive in the same
  // file.
  if (*end < expected_end)
    throw Error(
        ErrorKind::malformed,
        concat("ends at byte ", *end, ", expected at the end record at byte ", expected_end),
        "the file may hold several archives, or one that was inside of it and lost its rest");
  if (claims.entries > claims.size_bytes / central_header_bytes)
    throw Error(ErrorKind::malformed, concat("claims ", counted(claims.entries, "entry", "entries"),
                                             ", but has ", counted(claims.size_bytes, "byte")));
  return {claims.offset, claims.size_bytes, claims.entries};
}

}  // namespace

FileTail read_tail(const File& file) {
  constexpr std::uint64_t longest_tail_bytes =
      zip64_end_bytes + zip64_locator_bytes + end_bytes + longest_comment_bytes;
  const std::uint64_t size_bytes = std::min(file.size_bytes(), longest_tail_bytes);
  const std::uint64_t offset = file.size_bytes() - size_bytes;
  return {file.read_bytes(offset, size_bytes), offset};
}

Bytes read_bytes(const File& file, const FileTail& tail, std::uint64_t offset,
                 std::uint64_t size_bytes) {
  const bool is_in_tail = offset >= tail.offset && offset - tail.offset <= tail.bytes.size() &&
                          size_bytes <= tail.bytes.size() - (offset - tail.offset);
  if (!is_in_tail) return file.read_bytes(offset, size_bytes);
  const auto first = tail.bytes.begin() + static_cast<std::ptrdiff_t>(offset - tail.offset);
  return Bytes(first, first + static_cast<std::ptrdiff_t>(size_bytes));
}

DirectoryPlace find_directory(const File& file, const FileTail& tail) {
  const std::uint64_t end_offset = find_end_record(file, tail);
  const auto at = static_cast<std::size_t>(end_offset - tail.offset);
  ByteReader end(ByteView(tail.bytes).subspan(at, end_bytes));
  end.take(4, "signature");
  const Claims claims = read_claims(end);
  return within("zip directory", [&] {
    const auto zip64_offset = find_zip64_end_record(tail, end_offset);
    if (!zip64_offset) return check_claims(claims, end_offset);
    const Claims zip64 = read_zip64_end_record(file, tail, *zip64_offset);
    refuse_contradictions(claims, zip64);
    return check_claims(zip64, *zip64_offset);
  });
}

}  // namespace ckpt::zip
