#include "commands/match_report.hpp"

namespace ckpt::commands {

MatchedSide open_matched_side(const std::filesystem::path& path,
                              const std::optional<std::string>& root) {
  MatchedSide side{open_checkpoint(path, root), {}, {}};
  const model::Tree& tree = side.checkpoint.tree();
  if (!tree.is(side.checkpoint.root.node, model::Kind::dict)) return side;
  for (const model::Entry& entry : tree.entries(side.checkpoint.root.node)) {
    if (!tree.is(entry.key, model::Kind::text) || !tree.is(entry.value, model::Kind::tensor))
      continue;
    const model::Tensor& tensor = tree.tensor(entry.value);
    side.tensors.push_back({std::string(tree.text(entry.key)), tensor.layout.shape, tensor.dtype});
    side.nodes.push_back(entry.value);
  }
  return side;
}

}  // namespace ckpt::commands
