// All or nothing: what was done to a tree is undone unless it was finished.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// Many edits can be refused only when half of them is done: a state that cannot be combined is
/// found while states are combined. So what containers hold is noted before, and put back unless
/// keep_changes() was called. Nodes that were added since stay, and nothing refers to them.
/// Numbers, texts, tensors and storages are not noted: edits make new ones instead of changing
/// them.
class Undo {
 public:
  explicit Undo(model::Tree& tree);
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo();

  void keep_changes() { is_kept_ = true; }

 private:
  /// A run of `entries_` or `items_`.
  struct Held {
    model::NodeId node = model::no_node;
    std::size_t first = 0;
    std::size_t count = 0;
  };

  void note(model::NodeId node);
  void restore();

  model::Tree& tree_;
  model::NodeId root_;
  std::vector<Held> dicts_;
  std::vector<Held> sequences_;
  std::vector<std::pair<model::NodeId, std::vector<model::Step>>> objects_;
  std::vector<model::Entry> entries_;
  std::vector<model::NodeId> items_;
  bool is_kept_ = false;
};

}  // namespace ckpt::edit
