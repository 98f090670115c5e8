// Which elements of a storage its views see, exactly: columns of a matrix leave the bytes between
// them unseen, although they reach from the first to the last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/model/tensor.hpp"

namespace ckpt::model {

/// Views are marked element by element only in stretches of at most this many elements, and in not
/// more steps than a few times as many: memory and time stay small whatever a file holds.
inline constexpr std::uint64_t most_marked_elements = std::uint64_t{1} << 23;
inline constexpr std::uint64_t most_marks_an_element = 16;

struct StorageView {
  Layout layout = {};  ///< valid, within the storage
  std::uint32_t element_bytes = 1;
  bool operator==(const StorageView&) const = default;
};

/// Elements side by side, counted from the storage's start.
struct ElementRun {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// The runs of a layout's elements one after another, in no particular order. A run that several
/// indices reach may come several times; dimensions of stride 0 add none.
class RunCursor {
 public:
  explicit RunCursor(const Layout& layout);

  bool is_at_end() const { return is_at_end_; }
  ElementRun next();
  /// How many elements all runs have.
  std::uint64_t element_count() const { return element_count_; }

 private:
  struct Dimension {
    std::uint64_t count = 1;
    std::uint64_t stride = 0;
    std::uint64_t index = 0;
  };

  std::vector<Dimension> dimensions_;  // without the run, largest stride first
  ElementRun run_;
  std::uint64_t element_count_ = 0;
  bool is_at_end_ = false;
};

/// Bytes that at least one of the views sees. Exact, but for views that interleave with others in
/// stretches too long to be marked: those count from their first to their last element.
std::uint64_t covered_bytes(std::vector<StorageView> views);

}  // namespace ckpt::model
