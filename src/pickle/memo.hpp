// What PUT remembers and GET recalls. A file chooses the indices: near ones live in a vector, far
// ones in a tree, so that `PUT 4000000000` costs one entry and no choice of indices is slow.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

class Memo {
 public:
  /// How many indices are in use; MEMOIZE takes this as the next index.
  std::size_t size() const { return size_; }

  void put(std::uint64_t index, NodeId value);
  /// no_node when nothing was put there.
  NodeId find(std::uint64_t index) const;

 private:
  std::vector<NodeId> near_;
  std::map<std::uint64_t, NodeId> far_;
  std::size_t size_ = 0;
};

}  // namespace ckpt::pickle
