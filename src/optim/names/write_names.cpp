#include "ckpt/optim/write_names.hpp"

#include "ckpt/model/entries.hpp"
#include "ckpt/optim/undecided.hpp"

namespace ckpt::optim {

using model::NodeId;
using model::Tree;

std::size_t write_names(Tree& tree, const std::vector<Identified>& all) {
  std::size_t changed = 0;
  for (const Identified& identified : all) {
    const Optimizer& optimizer = identified.optimizer;
    if (optimizer.form != Form::packed || optimizer.own_names_source == "param_names") continue;
    require_settled(identified, Trust::assumed, "its names are to be written", {.otherwise = ""});
    for (const Group& group : optimizer.groups) {
      std::vector<NodeId> names;
      for (std::size_t i = 0; i < group.slot_count; ++i)
        names.push_back(tree.add_text(identified.resolution.names[group.first_slot + i]));
      model::edit_entries(tree, group.node, [&](std::vector<model::Entry>& entries) {
        entries.push_back({tree.add_text("param_names"), tree.add_list(names)});
      });
    }
    ++changed;
  }
  return changed;
}

}  // namespace ckpt::optim
