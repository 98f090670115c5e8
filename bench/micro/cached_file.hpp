// A file that lies in the page cache, as inputs do that were read before.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>

#include "ckpt/base/bytes.hpp"

namespace bench {

class CachedFile {
 public:
  /// Throws std::system_error when no temporary file can be made or filled.
  explicit CachedFile(ckpt::ByteView bytes);
  void read_at(std::size_t offset, std::span<std::byte> out) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;  // without a name
};

}  // namespace bench
