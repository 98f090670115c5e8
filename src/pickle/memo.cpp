#include "pickle/memo.hpp"

namespace ckpt::pickle {

void Memo::put(std::uint64_t index, NodeId value) {
  if (find(index) == no_node) ++size_;
  const std::uint64_t near_end = 2 * std::uint64_t{size_} + 1024;
  if (index < near_.size()) {
    near_[index] = value;
  } else if (index < near_end) {
    near_.resize(index + 1, no_node);
    near_[index] = value;
  } else {
    far_[index] = value;
  }
}

NodeId Memo::find(std::uint64_t index) const {
  if (index < near_.size() && near_[index] != no_node) return near_[index];
  if (far_.empty()) return no_node;
  const auto found = far_.find(index);
  return found == far_.end() ? no_node : found->second;
}

NodeId Memo::find(std::string_view key) const {
  const auto found = named_.find(key);
  return found == named_.end() ? no_node : found->second;
}

}  // namespace ckpt::pickle
