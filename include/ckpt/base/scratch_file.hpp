// A nameless temporary file for results that are computed in order and read in any order, when they
// are too large for memory. It disappears when it is closed, however the process ends. One thread
// appends; reading is by position (pread).
#pragma once

#include <cstdint>

#include "ckpt/base/file.hpp"

namespace ckpt {

class ScratchFile : public File {
 public:
  /// Creates the file in the folder for temporary files (TMPDIR). `size_bytes` is the size that it
  /// will have when everything is appended. Throws Error{io}.
  explicit ScratchFile(std::uint64_t size_bytes);
  ~ScratchFile() override;

  /// Appends `bytes`. Throws Error{io}.
  void append(ByteView bytes);
  void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  int scratch_descriptor_ = -1;
};

}  // namespace ckpt
