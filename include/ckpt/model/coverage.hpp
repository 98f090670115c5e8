// Computes which elements of a storage its views see. The range from the first to the last element
// is not enough: a column of a matrix reaches across bytes that it does not see.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/model/tensor.hpp"

namespace ckpt::model {

/// Limits of exact marking. Stretches of at most most_marked_elements elements are marked element
/// by element, in at most most_marks_an_element times as many steps, so that time and memory stay
/// small for any file.
inline constexpr std::uint64_t most_marked_elements = std::uint64_t{1} << 23;
inline constexpr std::uint64_t most_marks_an_element = 16;

/// A view of a storage: its layout and the size of its elements.
struct StorageView {
  Layout layout = {};  ///< valid, and inside the storage
  std::uint32_t element_bytes = 1;
  bool operator==(const StorageView&) const = default;
};

/// Adjacent elements, counted from the start of the storage.
struct ElementRun {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// Lists the runs of adjacent elements of a layout, in no particular order. A run that several
/// indices reach may be listed several times; dimensions of stride 0 add no runs.
class RunCursor {
 public:
  explicit RunCursor(const Layout& layout);

  bool is_at_end() const { return is_at_end_; }
  ElementRun next();
  /// The number of elements in all runs together.
  std::uint64_t element_count() const { return element_count_; }

 private:
  struct Dimension {
    std::uint64_t count = 1;
    std::uint64_t stride = 0;
    std::uint64_t index = 0;
  };

  std::vector<Dimension> dimensions_;  // without the dimension that forms the run, largest stride
                                       // first
  ElementRun run_;
  std::uint64_t element_count_ = 0;
  bool is_at_end_ = false;
};

/// The number of bytes that at least one view sees. Exact, except for interleaved views in
/// stretches too long to be marked: these count from their first to their last element.
std::uint64_t covered_bytes(std::vector<StorageView> views);

}  // namespace ckpt::model
