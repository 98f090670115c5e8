// A file without a name, for bytes that are computed in order and read at random: it is gone when
// it is closed, however the process ends.
#pragma once

#include <cstdint>

#include "ckpt/base/file.hpp"

namespace ckpt {

class ScratchFile : public File {
 public:
  /// In the folder for temporary files, to be given `size_bytes` bytes. Throws Error{io}.
  explicit ScratchFile(std::uint64_t size_bytes);
  ~ScratchFile() override;

  /// Writes behind what was written before. Throws Error{io}.
  void append(ByteView bytes);
  void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  int scratch_descriptor_ = -1;
};

}  // namespace ckpt
