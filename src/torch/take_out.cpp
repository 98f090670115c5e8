// Removes values from a tree wherever they occur.
#include <algorithm>
#include <vector>

#include "ckpt/torch/python_objects.hpp"

namespace ckpt::torch {

namespace {

using model::Kind;
using model::NodeId;

class Cutter {
 public:
  Cutter(model::Tree& tree, const std::unordered_set<NodeId>& unwanted)
      : tree_(tree), unwanted_(unwanted) {}

  void run() {
    const std::size_t count = tree_.size();
    for (std::size_t i = 0; i < count; ++i)
      if (const NodeId set = find_set_items(tree_, NodeId{static_cast<std::uint32_t>(i)});
          set != model::no_node)
        clear_set(set);
    for (std::size_t i = 0; i < count; ++i) {
      const NodeId id{static_cast<std::uint32_t>(i)};
      if (tree_.is(id, Kind::dict)) clear_dict(id);
      if (tree_.is(id, Kind::list) || tree_.is(id, Kind::tuple)) blank_items(id);
    }
  }

 private:
  bool is_unwanted(NodeId id) const { return unwanted_.contains(id); }

  void clear_dict(NodeId dict) {
    const auto held = tree_.entries(dict);
    std::vector<model::Entry> entries(held.begin(), held.end());
    const auto gone = std::erase_if(entries, [&](const model::Entry& entry) {
      return is_unwanted(entry.key) || is_unwanted(entry.value);
    });
    if (gone > 0) tree_.set_entries(dict, entries);
  }

  void blank_items(NodeId id) {
    const auto held = tree_.items(id);
    if (std::ranges::none_of(held, [&](NodeId item) { return is_unwanted(item); })) return;
    std::vector<NodeId> items(held.begin(), held.end());
    for (NodeId& item : items)
      if (is_unwanted(item)) item = tree_.add();  // a new node is None
    tree_.set_items(id, items);
  }

  void clear_set(NodeId id) {
    const auto held = tree_.items(id);
    std::vector<NodeId> items(held.begin(), held.end());
    if (std::erase_if(items, [&](NodeId item) { return is_unwanted(item); }) > 0)
      tree_.set_items(id, items);
  }

  model::Tree& tree_;
  const std::unordered_set<NodeId>& unwanted_;
};

}  // namespace

void take_out(model::Tree& tree, const std::unordered_set<NodeId>& unwanted) {
  Cutter(tree, unwanted).run();
}

}  // namespace ckpt::torch
