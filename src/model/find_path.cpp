#include <algorithm>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

/// A bare step names the child that prints like that, or else the text key: with the keys "0" and
/// 0, a bare 0 is the integer.
NodeId find_child(const Tree& tree, const std::vector<Child>& children,
                  const WrittenStep& written) {
  const auto is_shown_so = [&](const Child& child) {
    return !written.is_quoted && step_text(tree, child.step) == written.text;
  };
  const auto has_text = [&](const Child& child) {
    return child.step.type == StepType::key && tree.is_text(child.step.key, written.text);
  };
  auto found = std::ranges::find_if(children, is_shown_so);
  if (found == children.end()) found = std::ranges::find_if(children, has_text);
  return found == children.end() ? no_node : found->node;
}

}  // namespace

NodeId find_path(const Tree& tree, NodeId start, std::string_view path) {
  NodeId node = start;
  std::vector<Child> children;
  for (const WrittenStep& written : parse_path(path)) {
    children.clear();
    append_children(tree, node, children);
    node = find_child(tree, children, written);
    if (node == no_node) return no_node;
  }
  return node;
}

}  // namespace ckpt::model
