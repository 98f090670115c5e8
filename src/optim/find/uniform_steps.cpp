#include "optim/find/uniform_steps.hpp"

#include <algorithm>

#include "ckpt/model/entries.hpp"
#include "ckpt/optim/numbers.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

void make_steps_uniform(Tree& tree, const std::vector<NodeId>& states) {
  const auto step_of = [&](NodeId state) {
    return state == model::no_node ? model::no_node : tree.find(state, "step");
  };
  const auto has_step = [&](Kind kind) {
    return std::ranges::any_of(states, [&](NodeId state) {
      const NodeId step = step_of(state);
      return step != model::no_node && tree.is(step, kind);
    });
  };
  if (!has_step(Kind::tensor) || !(has_step(Kind::integer) || has_step(Kind::real))) return;
  for (const NodeId state : states) {
    const NodeId step = step_of(state);
    if (step == model::no_node || tree.is(step, Kind::tensor)) continue;
    const auto number = find_number(tree, step);
    if (!number) continue;
    model::edit_entries(tree, state, [&](std::vector<Entry>& entries) {
      for (Entry& entry : entries)
        if (tree.is_text(entry.key, "step")) entry.value = add_number_tensor(tree, *number);
    });
  }
}

}  // namespace ckpt::optim
