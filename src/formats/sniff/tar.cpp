// Recognises tar archives, including those of the first torch.save, which have the members
// storages, tensors and pickle in any order.
#include <algorithm>
#include <array>

#include "formats/sniff/parts.hpp"
#include "formats/sniff/tar_header.hpp"

namespace ckpt::formats {

namespace {

/// The offset of the header behind the member at `offset`; nothing when its size makes no sense.
std::optional<std::uint64_t> find_next(std::uint64_t offset, ByteView header) {
  const auto size_bytes = tar::find_member_size(header);
  return size_bytes ? tar::find_end(offset + tar::block_bytes, *size_bytes) : std::nullopt;
}

}  // namespace

bool starts_as_tar(ByteView start) {
  while (start.size() >= tar::block_bytes && tar::is_zero_block(start.first(tar::block_bytes)))
    start = start.subspan(tar::block_bytes);
  return start.size() >= tar::block_bytes && tar::is_header(start.first(tar::block_bytes));
}

std::vector<TarMember> read_tar_members(const File& file, std::size_t most_members) {
  std::vector<TarMember> members;
  std::optional<std::uint64_t> offset = 0;
  while (members.size() < most_members) {
    if (!offset || *offset > file.size_bytes() || file.size_bytes() - *offset < tar::block_bytes)
      break;
    const Bytes header = file.read_bytes(*offset, tar::block_bytes);
    if (!tar::is_header(header)) break;
    members.push_back({.name = tar::name_of(header), .payload_offset = *offset + tar::block_bytes});
    offset = find_next(*offset, header);
  }
  return members;
}

std::optional<Sniffed> find_tar(const FileStart& start) {
  if (!starts_as_tar(start.bytes)) return std::nullopt;
  // The old format has four members, so the first few suffice.
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
