// Reads the header of a tar member as the different programs do.
//
//   name 100 | ... | size 12, at byte 124 | ... | checksum 8, at byte 148 | type at 156 | ...
//
// The payload behind it is padded to a multiple of 512 bytes. There is no reliable signature: what
// counts is the checksum, the sum of all bytes of the header with the checksum field taken as
// spaces. Some tars added signed bytes; Python accepts both sums.
//
// Numbers are octal; GNU tar writes larger ones in base 256, marked by the first bit. Python reads
// what int(..., 8) accepts: " +1_7" is 15, an empty field is 0.
// Source: POSIX.1-2001 ustar, and Lib/tarfile.py of CPython 3.11.
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
/// "0" a file, "5" a folder, "x" and "g" pax records, "S" a file with holes, ...
char type_of(ByteView header);
/// The size in the header; nothing when the field is not a size.
std::optional<std::uint64_t> find_member_size(ByteView header);
/// The sizes that a payload of pax records ("9 size=0\n") gives for the next member.
std::vector<std::uint64_t> find_pax_sizes(std::string_view records);
/// Whether the records say that the member has holes.
bool says_sparse(std::string_view records);

/// The end of a payload of `size_bytes` at `offset`, with padding; nothing beyond 2^64.
std::optional<std::uint64_t> find_end(std::uint64_t offset, std::uint64_t size_bytes);

}  // namespace ckpt::formats::tar
