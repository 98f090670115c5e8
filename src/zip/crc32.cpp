#include <libdeflate.h>
#include <zlib.h>

namespace {

/// z_off_t has 64 bits on all systems that have large files.
unsigned long combine_with_zlib(unsigned long first, unsigned long second, z_off_t second_bytes) {
  return crc32_combine(first, second, second_bytes);
}

}  // namespace

// zlib.h may define crc32_combine as a macro, which would rename the function below.
#undef crc32_combine

#include "ckpt/zip/crc32.hpp"

namespace ckpt::zip {

std::uint32_t crc32(std::uint32_t crc, ByteView bytes) {
  if (bytes.empty()) return crc;  // libdeflate restarts at 0 for a null address
  return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_bytes) {
  static_assert(sizeof(z_off_t) == 8, "build with large files: _FILE_OFFSET_BITS=64");
  return static_cast<std::uint32_t>(
      combine_with_zlib(first, second, static_cast<z_off_t>(second_bytes)));
}

}  // namespace ckpt::zip
