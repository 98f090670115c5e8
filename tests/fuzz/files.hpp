// Files for targets that take paths.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "fuzz.hpp"
#include "zip/zip_samples.hpp"

namespace ckpt::fuzz {

/// A file without a name that holds `bytes`; it has a path as long as this lives.
class MemoryFile {
 public:
  explicit MemoryFile(ByteView bytes) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "the machine has room for a file in memory");
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    require(written == static_cast<ssize_t>(bytes.size()), "a file in memory takes all bytes");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Where targets write; gone when the program ends.
inline const std::filesystem::path& output_folder() {
  static const test::TemporaryFolder folder;
  return folder.path();
}

}  // namespace ckpt::fuzz
