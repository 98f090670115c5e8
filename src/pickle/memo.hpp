// What PUT remembers and GET recalls. A file chooses the indices: near ones live in a vector, far
// ones in a tree, so that `PUT 4000000000` costs one entry and no choice of indices is slow.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

class Memo {
 public:
  /// How many indices are in use; MEMOIZE takes this as the next index.
  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0 && named_.empty(); }

  void put(std::uint64_t index, NodeId value);
  /// no_node when nothing was put there.
  NodeId find(std::uint64_t index) const;

  /// The same for indices that do not fit in 64 bits or are none: what Python takes for a key.
  void put(std::string_view key, NodeId value) { named_.insert_or_assign(std::string(key), value); }
  NodeId find(std::string_view key) const;

 private:
  std::vector<NodeId> near_;
  std::map<std::uint64_t, NodeId> far_;
  std::map<std::string, NodeId, std::less<>> named_;
  std::size_t size_ = 0;
};

}  // namespace ckpt::pickle
