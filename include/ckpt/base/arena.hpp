// Text that is kept until the arena goes: many small strings, few allocations, stable addresses.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace ckpt {

class TextArena {
 public:
  /// A copy of `text` that lives as long as the arena.
  std::string_view store(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t left_bytes_ = 0;
};

}  // namespace ckpt
