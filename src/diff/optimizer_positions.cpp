#include "diff/optimizer_positions.hpp"

#include <utility>

#include "ckpt/base/text.hpp"
#include "diff/paths.hpp"

namespace ckpt::diff {

using model::Kind;
using model::NodeId;

OptimizerPositions::OptimizerPositions(const model::Tree& tree, model::Section optimizer)
    : tree_(tree), section_(std::move(optimizer)) {
  std::size_t position = 0;
  for (const NodeId group : tree.items(tree.find(section_.node, "param_groups"))) {
    const NodeId params = tree.find(group, "params");
    if (params == model::no_node || !tree.is(params, Kind::list)) continue;
    for (const NodeId id : tree.items(params))
      positions_.try_emplace(key_text(tree, id), position++);
  }
}

bool OptimizerPositions::contains(const model::KeyPath& path) const {
  return is_below(path, section_.path);
}

std::string OptimizerPositions::name_of(const model::KeyPath& path) const {
  const std::size_t depth = section_.path.size();
  const bool has_id = path.size() > depth + 1 && path[depth + 1].type == model::StepType::key &&
                      tree_.is_text(path[depth].key, "state");
  std::string name;
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::string step = step_text(tree_, path[i]);
    if (has_id && i == depth + 1) {
      const auto found = positions_.find(step);
      if (found != positions_.end()) step = concat(found->second);
    }
    name += concat(name.empty() ? "" : ":", step);
  }
  return name;
}

bool OptimizerPositions::is_param_id(const model::KeyPath& path) const {
  const std::size_t depth = section_.path.size();
  return path.size() == depth + 4 && path[depth].type == model::StepType::key &&
         tree_.is_text(path[depth].key, "param_groups") &&
         path[depth + 2].type == model::StepType::key &&
         tree_.is_text(path[depth + 2].key, "params");
}

}  // namespace ckpt::diff
