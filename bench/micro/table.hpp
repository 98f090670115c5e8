// One row for each loop: how fast it goes through memory, beside memcpy of as many bytes and beside
// pread of as many from a file in the page cache, both into a block that stays in the cache. The
// three run in turn, so that a busy machine slows all; figures are medians.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "cached_file.hpp"
#include "ckpt/base/bytes.hpp"
#include "inputs.hpp"

namespace bench {

class Table {
 public:
  Table();

  /// A line between groups.
  void heading(std::string_view text);
  /// Runs `work` several times. `byte_count`, at most input_bytes, is what it reads or what it
  /// writes, whichever is more.
  void row(std::string_view what, std::size_t byte_count, const std::function<void()>& work);

 private:
  void copy_from_memory(std::size_t byte_count);
  void copy_from_page_cache(std::size_t byte_count);

  /// In whole pages: what lands a few bytes further in its page than it came from takes the kernel
  /// five times as long.
  struct alignas(4096) Block {
    std::array<std::byte, block_bytes> bytes;
  };

  ckpt::Bytes source_;
  CachedFile file_;
  std::unique_ptr<Block> target_;
};

}  // namespace bench
