// The values of a dict by name, for many questions: Tree::find goes through all entries each time.
#pragma once

#include <string_view>
#include <unordered_map>

#include "ckpt/model/entries.hpp"

namespace ckpt::model {

/// Valid until the tree changes.
class EntryIndex {
 public:
  EntryIndex(const Tree& tree, NodeId dict) {
    for (const TextEntry entry : text_entries(tree, dict)) values_[entry.name] = entry.value;
  }

  /// As Tree::find: the last of equal keys, no_node where there is none.
  NodeId find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? no_node : found->second;
  }

 private:
  std::unordered_map<std::string_view, NodeId> values_;
};

}  // namespace ckpt::model
