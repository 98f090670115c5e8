#include "commands/optimizer_guard.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/role.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;

bool names_parameters(const model::Tree& tree, NodeId optimizer) {
  const NodeId state = tree.find(optimizer, "state");
  for (const model::Entry& entry : tree.entries(state))
    if (tree.is(entry.key, Kind::text)) return true;
  for (const NodeId group : tree.items(tree.find(optimizer, "param_groups")))
    if (tree.find(group, "param_names") != model::no_node) return true;
  return false;
}

}  // namespace

bool has_optimizer(const model::Tree& tree) {
  return std::ranges::any_of(find_sections(tree), [](const model::Section& section) {
    return section.kind == model::SectionKind::optimizer;
  });
}

bool has_named_optimizer(const model::Tree& tree) {
  return std::ranges::any_of(find_sections(tree), [&](const model::Section& section) {
    return section.kind == model::SectionKind::optimizer && names_parameters(tree, section.node);
  });
}

bool drops_parameter(const Checkpoint& checkpoint, const match::Selection& selection) {
  const model::Tree& tree = checkpoint.tree();
  return std::ranges::any_of(selection.dropped, [&](const match::DroppedEntry& entry) {
    if (entry.dict != checkpoint.root.node) return false;
    if (!tree.is(entry.value, Kind::tensor)) return tree.is(entry.value, Kind::dict);
    return !model::looks_like_buffer(entry.shown, tree.tensor(entry.value));
  });
}

void refuse_optimizer(std::string_view what) {
  throw Error(ErrorKind::conflict, concat("the optimizer ", what),
              "--sections model leaves the optimizer out");
}

}  // namespace ckpt::commands
