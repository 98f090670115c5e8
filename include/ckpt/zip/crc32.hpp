// The CRC-32 of zip files (reflected polynomial 0xEDB88320), of any length.
#pragma once

#include <cstdint>

#include "ckpt/base/bytes.hpp"

namespace ckpt::zip {

/// The CRC of what `crc` covers followed by `bytes`; start with 0.
std::uint32_t crc32(std::uint32_t crc, ByteView bytes);

/// The CRC of two stretches of bytes joined, from the CRC of each.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_bytes);

}  // namespace ckpt::zip
