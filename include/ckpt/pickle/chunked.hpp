// Containers that grow without moving their elements. A std::vector copies everything when it
// grows, which needs up to three times the memory for a moment; a pickle of millions of nodes must
// fit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace ckpt::pickle {

/// Elements addressed by index, in chunks of 1024.
template <class Element>
class ChunkedVector {
 public:
  std::size_t size() const { return size_; }

  Element& operator[](std::size_t index) { return chunks_[index / per_chunk][index % per_chunk]; }
  const Element& operator[](std::size_t index) const {
    return chunks_[index / per_chunk][index % per_chunk];
  }

  /// Appends `element` and returns its index.
  std::size_t add(Element element) {
    if (size_ % per_chunk == 0) {
      chunks_.emplace_back();
      chunks_.back().reserve(per_chunk);
    }
    chunks_.back().push_back(std::move(element));
    return size_++;
  }

 private:
  static constexpr std::size_t per_chunk = 1024;

  std::vector<std::vector<Element>> chunks_;
  std::size_t size_ = 0;
};

/// Immutable arrays. Each is contiguous, and its address does not change.
template <class Element>
class RunPool {
 public:
  const Element* store(std::span<const Element> run) {
    if (run.size() > left_) {
      left_ = std::max(per_chunk, run.size());
      chunks_.push_back(std::make_unique_for_overwrite<Element[]>(left_));
      next_ = chunks_.back().get();
    }
    Element* const start = next_;
    std::ranges::copy(run, start);
    next_ += run.size();
    left_ -= run.size();
    return start;
  }

 private:
  static constexpr std::size_t per_chunk = 4096;

  std::vector<std::unique_ptr<Element[]>> chunks_;
  Element* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace ckpt::pickle
