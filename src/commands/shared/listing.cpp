#include "commands/shared/listing.hpp"

#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

ValueRows collect_value_rows(const Checkpoint& checkpoint, match::PatternSet& patterns) {
  const model::Tree& tree = checkpoint.tree();
  ValueRows found;
  match::SeenPaths seen_paths(tree, checkpoint.root, patterns);
  std::vector<model::Child> children;
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    const model::KeyPath& path = walk.path();
    seen_paths.follow(path);
    if (tree.is(walk.node(), model::Kind::tensor)) {
      walk.skip_children();
      continue;
    }
    children.clear();
    model::append_children(tree, walk.node(), children);
    if (!children.empty()) continue;
    if (!patterns.is_empty() && !patterns.matches(seen_paths.seen(path))) continue;
    found.rows.push_back({.node = walk.node(),
                          .place = walk.place(found.places),
                          .is_root_entry = path.size() == checkpoint.root.path.size() + 1 &&
                                           seen_paths.is_below_root(path)});
  }
  return found;
}

}  // namespace ckpt::commands
