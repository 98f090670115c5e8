#include "ckpt/base/arena.hpp"

#include <algorithm>

namespace ckpt {

std::string_view TextArena::store(std::string_view text) {
  constexpr std::size_t chunk_bytes = 64 << 10;
  if (text.size() > left_bytes_) {
    left_bytes_ = std::max(chunk_bytes, text.size());
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(left_bytes_));
    next_ = chunks_.back().get();
  }
  char* const start = next_;
  std::ranges::copy(text, start);
  next_ += text.size();
  left_bytes_ -= text.size();
  return {start, text.size()};
}

}  // namespace ckpt
