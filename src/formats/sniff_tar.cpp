// Tar archives, among them those of the first torch.save: members storages, tensors and pickle, in
// any order. formats/pytorch.md 5.2.
//
//   name 100 | ... | size 12, octal, from byte 124 | ... | checksum 8, octal, from byte 148 | ...
//
// A header is 512 bytes, and the payload after it is padded to a multiple of that. There is no
// reliable signature; what counts is the checksum: the sum of the header's bytes, with its own
// field taken as spaces.
#include <algorithm>
#include <array>

#include "ckpt/base/checked.hpp"
#include "formats/sniff_parts.hpp"

namespace ckpt::formats {

namespace {

constexpr std::uint64_t block_bytes = 512;
constexpr std::size_t name_bytes = 100;
constexpr std::size_t size_offset = 124;
constexpr std::size_t size_field_bytes = 12;
constexpr std::size_t checksum_offset = 148;
constexpr std::size_t checksum_field_bytes = 8;

std::optional<std::uint64_t> find_octal(std::string_view field) {
  const std::size_t start = std::min(field.find_first_not_of(' '), field.size());
  const std::size_t end = std::min(field.find_first_not_of("01234567", start), field.size());
  if (start == end) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : field.substr(start, end - start))
    number = number * 8 + static_cast<std::uint64_t>(digit - '0');
  return number;
}

/// GNU tar writes what octal digits cannot hold in base 256, marked by the first bit.
std::optional<std::uint64_t> find_member_size(ByteView header) {
  const ByteView field = header.subspan(size_offset, size_field_bytes);
  if ((field[0] & std::byte{0x80}) == std::byte{0}) return find_octal(as_text(field));
  std::uint64_t number = 0;
  for (const std::byte byte : field.last(8))
    number = number << 8 | std::to_integer<std::uint64_t>(byte);
  return number;
}

bool is_header(ByteView header) {
  std::uint64_t sum = checksum_field_bytes * std::uint64_t{' '};
  for (std::size_t i = 0; i < header.size(); ++i)
    if (i < checksum_offset || i >= checksum_offset + checksum_field_bytes)
      sum += std::to_integer<std::uint64_t>(header[i]);
  return find_octal(as_text(header.subspan(checksum_offset, checksum_field_bytes))) == sum;
}

/// Where the header after the member at `offset` starts, or nothing when its size makes no sense.
std::optional<std::uint64_t> find_next(std::uint64_t offset, ByteView header) {
  const auto size_bytes = find_member_size(header);
  const auto padded = size_bytes ? find_sum(*size_bytes, block_bytes - 1) : std::nullopt;
  if (!padded) return std::nullopt;
  return find_sum(offset + block_bytes, *padded / block_bytes * block_bytes);
}

/// The member whose header lies at `offset`.
TarMember member_of(const File& file, std::uint64_t offset, ByteView header) {
  const std::string_view name = as_text(header).substr(0, name_bytes);
  const std::uint64_t payload_offset = offset + block_bytes;
  const std::uint64_t rest = file.size_bytes() - payload_offset;
  return {.name = std::string(name.substr(0, name.find('\0'))),
          .payload_offset = payload_offset,
          .size_bytes = std::min(find_member_size(header).value_or(0), rest)};
}

}  // namespace

std::vector<TarMember> read_tar_members(const File& file, std::size_t most_members) {
  std::vector<TarMember> members;
  std::optional<std::uint64_t> offset = 0;
  while (members.size() < most_members) {
    if (!offset || *offset > file.size_bytes() || file.size_bytes() - *offset < block_bytes) break;
    const Bytes header = file.read_bytes(*offset, block_bytes);
    if (!is_header(header)) break;
    members.push_back(member_of(file, *offset, header));
    offset = find_next(*offset, header);
  }
  return members;
}

std::vector<TarMember> find_tar_headers(const File& file, std::uint64_t most_bytes) {
  constexpr std::uint64_t piece_bytes = 1 << 20;
  const std::uint64_t end = std::min(file.size_bytes(), most_bytes) / block_bytes * block_bytes;
  std::vector<TarMember> members;
  for (std::uint64_t offset = 0; offset < end; offset += piece_bytes) {
    const Bytes piece = file.read_bytes(offset, std::min(piece_bytes, end - offset));
    for (std::size_t at = 0; at < piece.size(); at += block_bytes) {
      const ByteView block = ByteView(piece).subspan(at, block_bytes);
      if (is_header(block)) members.push_back(member_of(file, offset + at, block));
      if (members.empty()) return members;  // it would begin with one
    }
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::uint64_t next =
        i + 1 < members.size() ? members[i + 1].payload_offset - block_bytes : end;
    members[i].size_bytes = std::max(members[i].size_bytes, next - members[i].payload_offset);
  }
  return members;
}

std::optional<Sniffed> find_tar(const FileStart& start) {
  if (start.bytes.size() < block_bytes || !is_header(ByteView(start.bytes).first(block_bytes)))
    return std::nullopt;
  // The old format has four members; nobody needs more than a look at the first few.
  constexpr std::size_t most_members = 16;
  const std::vector<TarMember> members = read_tar_members(*start.file, most_members);
  constexpr std::array<std::string_view, 3> by_torch{"storages", "tensors", "pickle"};
  const bool is_by_torch = std::ranges::all_of(by_torch, [&](std::string_view name) {
    return std::ranges::find(members, name, &TarMember::name) != members.end();
  });
  if (is_by_torch)
    return Sniffed{FileKind::torch_tar, "a tar of torch.save 0.1, which ckpt does not read yet",
                   "if you trust it: torch.save(torch.load(FILE, weights_only=False), OUT)"};
  return Sniffed{FileKind::tar, "a tar archive", "unpack it first (tar xf)"};
}

}  // namespace ckpt::formats
