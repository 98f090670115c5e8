// A header of a tar: what the fields in its block of 512 bytes say, to whichever program.
//
//   name 100 | ... | size 12, from byte 124 | ... | checksum 8, from byte 148 | type at 156 | ...
//
// The payload after it is padded to a multiple of a block. There is no reliable signature; what
// counts is the checksum: the sum of the header's bytes, with its own field taken as spaces. Some
// tars summed signed bytes, and Python takes either.
//
// Numbers are octal; GNU tar writes what digits cannot hold in base 256, marked by the first bit.
// Python reads what int(..., 8) does: " +1_7" is 15, nothing is 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/bytes.hpp"

namespace ckpt::formats::tar {

inline constexpr std::uint64_t block_bytes = 512;

bool is_header(ByteView block);
bool is_zero_block(ByteView block);

std::string name_of(ByteView header);
/// "0" a file, "5" a folder, "x" and "g" records of pax, "S" a file with holes, ...
char type_of(ByteView header);
/// What the header says, or nothing where that is no size.
std::optional<std::uint64_t> find_member_size(ByteView header);
/// What is said of the member after it by a payload of records of pax ("9 size=0\n").
std::vector<std::uint64_t> find_pax_sizes(std::string_view records);
/// Whether they say that the member has holes.
bool says_sparse(std::string_view records);

/// Where a payload of `size_bytes` from `offset` ends, padding included; nothing beyond 2^64.
std::optional<std::uint64_t> find_end(std::uint64_t offset, std::uint64_t size_bytes);

}  // namespace ckpt::formats::tar
