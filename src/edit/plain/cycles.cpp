// Tuples that hold themselves. A list is there before its items are, a tuple only after them:
// pickle builds such a tuple twice and throws one away, with an opcode that weights_only does not
// know.
//
//   t = ([],); t[0].append(t)     needs t while t is being built: found
//   l = [];    l.append((l,))     the tuple is finished before anybody needs it: fine
#include <unordered_set>
#include <vector>

#include "ckpt/model/walk.hpp"
#include "edit/plain/values.hpp"

namespace ckpt::edit {

namespace {

using model::NodeId;

struct Visit {
  NodeId id = model::no_node;
  bool is_end = false;  ///< everything below was visited
};

}  // namespace

std::vector<NodeId> find_recursive_tuples(const model::Tree& tree) {
  std::vector<NodeId> found;
  std::unordered_set<NodeId> seen;
  std::unordered_set<NodeId> unfinished;
  std::vector<Visit> ahead{{tree.root()}};
  std::vector<model::Child> children;
  while (!ahead.empty()) {
    const Visit visit = ahead.back();
    ahead.pop_back();
    if (visit.is_end) {
      unfinished.erase(visit.id);
    } else if (seen.insert(visit.id).second) {
      unfinished.insert(visit.id);
      ahead.push_back({visit.id, true});
      children.clear();
      append_children(tree, visit.id, children);
      for (std::size_t i = children.size(); i-- > 0;) ahead.push_back({children[i].node});
    } else if (unfinished.contains(visit.id) && tree.is(visit.id, model::Kind::tuple)) {
      found.push_back(visit.id);
    }
  }
  return found;
}

}  // namespace ckpt::edit
