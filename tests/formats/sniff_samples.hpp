// What sniffing says of bytes, and names as the tests write them.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "../zip/zip_samples.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/formats/sniff.hpp"

namespace ckpt::formats {

inline std::ostream& operator<<(std::ostream& out, FileKind kind) {
  return out << "kind " << static_cast<int>(kind);
}

}  // namespace ckpt::formats

namespace ckpt::test {

/// Sniffs a file that holds `bytes`.
inline formats::Sniffed sniff_bytes(std::string_view bytes) {
  const TemporaryFolder folder;
  write_file(folder.path() / "sample", bytes);
  return formats::sniff(File::open(folder.path() / "sample"));
}

/// The bytes that "8002 2e" spells.
inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  std::string pair;
  for (const char digit : digits) {
    if (digit == ' ') continue;
    pair += digit;
    if (pair.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return bytes;
}

}  // namespace ckpt::test
