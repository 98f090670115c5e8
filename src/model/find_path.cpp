#include <algorithm>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

bool is_step(const Tree& tree, const PathStep& step, const WrittenStep& written) {
  if (step.type == StepType::key && tree.is_text(step.key, written.text)) return true;
  return !written.is_quoted && step_text(tree, step) == written.text;
}

}  // namespace

NodeId find_path(const Tree& tree, NodeId start, std::string_view path) {
  NodeId node = start;
  std::vector<Child> children;
  for (const WrittenStep& written : parse_path(path)) {
    children.clear();
    append_children(tree, node, children);
    const auto found = std::ranges::find_if(
        children, [&](const Child& child) { return is_step(tree, child.step, written); });
    if (found == children.end()) return no_node;
    node = found->node;
  }
  return node;
}

}  // namespace ckpt::model
