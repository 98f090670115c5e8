#include "formats/read_ahead.hpp"

#include <memory>

namespace ckpt::formats {

namespace {

constexpr std::size_t block_bytes = 1 << 20;

}  // namespace

ReadAhead::ReadAhead(const model::Blob& blob, Blocks& blocks) : blob_(blob), blocks_(blocks) {
  for (Block& block : blocks_) block.bytes.resize(block_bytes);
  thread_ = std::jthread([this] { read(); });
}

ReadAhead::~ReadAhead() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
}

void ReadAhead::read() {
  try {
    read_blocks();
  } catch (...) {
    const std::scoped_lock lock(mutex_);
    failure_ = std::current_exception();
  }
  changed_.notify_all();
}

void ReadAhead::read_blocks() {
  const std::unique_ptr<model::BlobStream> stream = blob_.open(0);
  while (wait_for_room()) {
    Block& block = blocks_[read_count_ % blocks_.size()];
    block.count = stream->read(block.bytes);
    pass_on();
    if (block.count == 0) return;
  }
}

/// False when nobody wants more.
bool ReadAhead::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return is_stopped_ || read_count_ < released_count_ + blocks_.size(); });
  return !is_stopped_;
}

void ReadAhead::pass_on() {
  {
    const std::scoped_lock lock(mutex_);
    ++read_count_;
  }
  changed_.notify_all();
}

ByteView ReadAhead::next() {
  std::unique_lock lock(mutex_);
  if (is_one_taken_) {
    ++released_count_;
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return read_count_ > released_count_ || failure_; });
  if (read_count_ == released_count_) std::rethrow_exception(failure_);
  is_one_taken_ = true;
  const Block& block = blocks_[released_count_ % blocks_.size()];
  return ByteView(block.bytes).first(block.count);
}

}  // namespace ckpt::formats
