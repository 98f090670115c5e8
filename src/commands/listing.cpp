#include "commands/listing.hpp"

#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

std::vector<ValueRow> collect_value_rows(const Checkpoint& checkpoint,
                                         match::PatternSet& patterns) {
  const model::Tree& tree = checkpoint.tree();
  std::vector<ValueRow> rows;
  std::vector<model::Child> children;
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    if (tree.is(walk.node(), model::Kind::tensor)) {
      walk.skip_children();
      continue;
    }
    children.clear();
    model::append_children(tree, walk.node(), children);
    if (!children.empty()) continue;
    match::SeenPath seen = match::seen_path(tree, checkpoint.root, walk.path());
    if (!patterns.is_empty() && !patterns.matches(seen.subject())) continue;
    rows.push_back(
        {walk.node(), shown_path(tree, checkpoint.root, walk.path()), std::move(seen.path)});
  }
  return rows;
}

}  // namespace ckpt::commands
