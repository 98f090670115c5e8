// Iterates over the text keys of a dict, and edits its entries.
//
// A span of entries is valid until the tree changes, and adding a node changes the tree. An edit
// therefore works on a copy of the entries and puts it back; edit_entries() does both.
//
//   for (const TextEntry& entry : text_entries(tree, state_dict)) print(entry.name);
//   edit_entries(tree, state_dict, [](std::vector<Entry>& entries) { entries.pop_back(); });
#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// An entry of a dict whose key is a text.
struct TextEntry {
  std::string_view name;  ///< the text of the key
  NodeId key = no_node;
  NodeId value = no_node;
};

/// The entries of a dict whose key is a text, in order; other entries are skipped. For use in one
/// `for` loop: valid until the tree changes.
class TextEntries {
 public:
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = TextEntry;

    Iterator() = default;
    Iterator(const Tree& tree, std::span<const Entry> left) : tree_(&tree), left_(left) {
      skip_other_keys();
    }
    TextEntry operator*() const {
      return {tree_->text(left_.front().key), left_.front().key, left_.front().value};
    }
    Iterator& operator++() {
      left_ = left_.subspan(1);
      skip_other_keys();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return left_.empty(); }

   private:
    void skip_other_keys() {
      while (!left_.empty() && !tree_->is(left_.front().key, Kind::text)) left_ = left_.subspan(1);
    }

    const Tree* tree_ = nullptr;
    std::span<const Entry> left_;
  };

  TextEntries(const Tree& tree, std::span<const Entry> entries) : tree_(tree), entries_(entries) {}
  Iterator begin() const { return {tree_, entries_}; }
  std::default_sentinel_t end() const { return {}; }

 private:
  const Tree& tree_;
  std::span<const Entry> entries_;
};

/// Empty when `dict` is not a dict.
inline TextEntries text_entries(const Tree& tree, NodeId dict) {
  const bool is_dict = dict != no_node && tree.is(dict, Kind::dict);
  return {tree, is_dict ? tree.entries(dict) : std::span<const Entry>{}};
}

/// A copy of the entries, which stays valid while nodes are added.
inline std::vector<Entry> copy_entries(const Tree& tree, NodeId dict) {
  const std::span<const Entry> entries = tree.entries(dict);
  return {entries.begin(), entries.end()};
}

inline std::vector<NodeId> copy_items(const Tree& tree, NodeId sequence) {
  const std::span<const NodeId> items = tree.items(sequence);
  return {items.begin(), items.end()};
}

/// Calls edit(entries) with a copy of the entries of `dict` and puts the result back. `edit` may
/// add nodes.
template <typename Edit>
void edit_entries(Tree& tree, NodeId dict, Edit&& edit) {
  std::vector<Entry> entries = copy_entries(tree, dict);
  std::forward<Edit>(edit)(entries);
  tree.set_entries(dict, entries);
}

}  // namespace ckpt::model
