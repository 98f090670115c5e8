// The CRC-32 that zip uses (reflected polynomial 0xEDB88320), for any length: zlib's crc32() counts
// in 32 bits and fails at 4 GiB.
#pragma once

#include <cstdint>

#include "ckpt/base/bytes.hpp"

namespace ckpt::zip {

/// The CRC of the bytes already covered by `crc`, followed by `bytes`. The CRC of no bytes is 0.
std::uint32_t crc32(std::uint32_t crc, ByteView bytes);

/// The CRC of two byte sequences joined, from the CRC of each and the length of the second.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_bytes);

}  // namespace ckpt::zip
