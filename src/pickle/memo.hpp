// The memo of the pickle machine: PUT stores a value under an index, GET reads it. The file chooses
// the indices. Indices near those in use live in a vector, others in a map, so `PUT 4000000000`
// costs one entry, and no choice of indices is slow.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

/// Stores values under the indices that a pickle chooses.
class Memo {
 public:
  /// The number of indices in use; MEMOIZE uses it as the next index.
  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0 && named_.empty(); }

  void put(std::uint64_t index, NodeId value);
  /// no_node when nothing is stored under this index.
  NodeId find(std::uint64_t index) const;

  /// The same for an index of more than 64 bits or no number at all, which Python uses as a dict
  /// key.
  void put(std::string_view key, NodeId value) { named_.insert_or_assign(std::string(key), value); }
  NodeId find(std::string_view key) const;

 private:
  std::vector<NodeId> near_;
  std::map<std::uint64_t, NodeId> far_;
  std::map<std::string, NodeId, std::less<>> named_;
  std::size_t size_ = 0;
};

}  // namespace ckpt::pickle
