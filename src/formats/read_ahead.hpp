// A blob read on a thread of its own, a few blocks ahead of whoever takes them: what must be
// computed is computed while the blocks before it are written.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/blob.hpp"

namespace ckpt::formats {

class ReadAhead {
 public:
  struct Block {
    Bytes bytes;
    std::size_t count = 0;  ///< of them that were read
  };
  /// Kept by the owner, so that the next blob finds them allocated.
  using Blocks = std::array<Block, 3>;

  /// Both outlive it. Throws std::system_error when the system has no more threads.
  ReadAhead(const model::Blob& blob, Blocks& blocks);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The next bytes in order, until the next call; none at the end. Throws what reading threw.
  ByteView next();

 private:
  void read();
  void read_blocks();
  bool wait_for_room();
  void pass_on();

  const model::Blob& blob_;
  Blocks& blocks_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::size_t read_count_ = 0;
  std::size_t released_count_ = 0;
  bool is_one_taken_ = false;  // the first that is not released
  bool is_stopped_ = false;
  std::exception_ptr failure_;
  std::jthread thread_;
};

}  // namespace ckpt::formats
