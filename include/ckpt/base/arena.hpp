// Storage for many small strings that live equally long. An arena makes few allocations, and the
// address of a stored text never changes, so a std::string_view into it stays valid.
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
