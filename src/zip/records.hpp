// Signatures and sizes of the fixed parts of a zip file, as in PKWARE's APPNOTE.TXT 4.3 and 4.5.
// All numbers are little endian. A 16 or 32 bit field with all bits set is "saturated": its value
// is in the zip64 form.
#pragma once

#include <cstdint>

namespace ckpt::zip {

inline constexpr std::uint32_t local_signature = 0x04034b50;          // PK\3\4
inline constexpr std::uint32_t descriptor_signature = 0x08074b50;     // PK\7\8
inline constexpr std::uint32_t central_signature = 0x02014b50;        // PK\1\2
inline constexpr std::uint32_t zip64_end_signature = 0x06064b50;      // PK\6\6
inline constexpr std::uint32_t zip64_locator_signature = 0x07064b50;  // PK\6\7
inline constexpr std::uint32_t end_signature = 0x06054b50;            // PK\5\6

inline constexpr std::uint64_t local_header_bytes = 30;
inline constexpr std::uint64_t central_header_bytes = 46;
inline constexpr std::uint64_t zip64_end_bytes = 56;
inline constexpr std::uint64_t zip64_locator_bytes = 20;
inline constexpr std::uint64_t end_bytes = 22;

inline constexpr std::uint16_t zip64_extra_id = 0x0001;

inline constexpr std::uint16_t saturated_16 = 0xFFFF;
inline constexpr std::uint32_t saturated_32 = 0xFFFFFFFF;

}  // namespace ckpt::zip
