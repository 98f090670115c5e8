#include "ckpt/diff/optimizer_names.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "ckpt/base/text.hpp"
#include "diff/paths.hpp"

namespace ckpt::diff {

namespace {

using model::StepType;

bool is_one_name_each(const std::vector<std::string>& names, std::size_t count) {
  const std::unordered_set<std::string> distinct(names.begin(), names.end());
  return names.size() == count && distinct.size() == count && !distinct.contains("");
}

OptimizerMatch agree(OptimizerNames& a, OptimizerNames& b) {
  const OptimizerNames& lesser = a.level() >= b.level() ? a : b;
  OptimizerMatch match{.a = a.path_text(),
                       .b = b.path_text(),
                       .is_by_name = a.has_names() && b.has_names(),
                       .level = lesser.level(),
                       .rule = lesser.rule()};
  if (match.is_by_name) return match;
  a.forget_names();
  b.forget_names();
  return match;
}

std::vector<OptimizerNames> names_in_optimizers(const model::Tree& tree) {
  std::vector<OptimizerNames> names;
  for (optim::Identified& identified : optim::identify(tree, tree))
    names.emplace_back(tree, std::move(identified));
  return names;
}

}  // namespace

OptimizerNames::OptimizerNames(const model::Tree& tree, optim::Optimizer optimizer)
    : tree_(tree), optimizer_(std::move(optimizer)), label_(optimizer_.path_text) {
  for (std::size_t i = 0; i < optimizer_.slots.size(); ++i)
    if (optimizer_.slots[i].id != model::no_node)
      slots_.try_emplace(optim::identity_of(tree_, optimizer_.slots[i].id), i);
}

OptimizerNames::OptimizerNames(const model::Tree& tree, optim::Identified identified)
    : OptimizerNames(tree, std::move(identified.optimizer)) {
  optim::Resolution& resolution = identified.resolution;
  level_ = resolution.level;
  rule_ = std::move(resolution.rule);
  if (resolution.is_settled() && is_one_name_each(resolution.names, slots_.size()))
    names_ = std::move(resolution.names);
}

bool OptimizerNames::contains(const model::KeyPath& path) const {
  return is_below(path, optimizer_.path);
}

bool OptimizerNames::surrounds(const model::KeyPath& path) const {
  return contains(path) && path.size() > optimizer_.path.size();
}

std::optional<std::size_t> OptimizerNames::find_slot_of_state(const model::KeyPath& path) const {
  const std::size_t depth = optimizer_.path.size();
  const bool is_in_state = path.size() > depth + 1 && path[depth].type == StepType::key &&
                           tree_.is_text(path[depth].key, "state") &&
                           path[depth + 1].type == StepType::key;
  if (!is_in_state) return std::nullopt;
  const auto found = slots_.find(optim::identity_of(tree_, path[depth + 1].key));
  return found == slots_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<OptimizerNames::Member> OptimizerNames::find_member(
    const model::KeyPath& path) const {
  const std::size_t depth = optimizer_.path.size();
  const bool is_in_list =
      path.size() == depth + 4 && path[depth].type == StepType::key &&
      tree_.is_text(path[depth].key, "param_groups") && path[depth + 1].type == StepType::index &&
      path[depth + 2].type == StepType::key && path[depth + 3].type == StepType::index;
  if (!is_in_list || path[depth + 1].index >= optimizer_.groups.size()) return std::nullopt;
  const optim::Group& group = optimizer_.groups[path[depth + 1].index];
  if (path[depth + 3].index >= group.slot_count) return std::nullopt;
  Member member{.group = path[depth + 1].index, .slot = group.first_slot + path[depth + 3].index};
  if (tree_.is_text(path[depth + 2].key, "params")) return member;
  if (!has_names() || !tree_.is_text(path[depth + 2].key, "param_names")) return std::nullopt;
  member.list = List::param_names;
  return member;
}

std::string OptimizerNames::text_below(const model::KeyPath& path, std::size_t first) const {
  std::string text;
  for (std::size_t i = first; i < path.size(); ++i)
    text += concat(i == first ? "" : ":", step_text(tree_, path[i]));
  return text;
}

std::string OptimizerNames::name_of(const model::KeyPath& path, const Rename& rename) const {
  const std::size_t depth = optimizer_.path.size();
  const std::string start = label_.empty() ? "" : concat(label_, ":");
  if (path.size() == depth) return label_;
  if (const auto slot = find_slot_of_state(path)) {
    const std::string rest = text_below(path, depth + 2);
    const std::string end = rest.empty() ? "" : concat(has_names() ? ": " : ":", rest);
    if (!has_names()) return concat(start, "state:", *slot, end);
    return concat(start, start.empty() ? "" : " ", "state of ", rename(names_[*slot]), end);
  }
  const auto member = find_member(path);
  if (!member || !has_names()) return concat(start, text_below(path, depth));
  return concat(start, start.empty() ? "" : " ",
                member->list == List::params ? "params" : "param_names", " of group ",
                member->group, ": ", rename(names_[member->slot]));
}

std::optional<std::string> OptimizerNames::find_parameter(const model::KeyPath& path,
                                                          const Rename& rename) const {
  const std::optional<std::size_t> slot = find_slot_of_state(path);
  if (!slot || !has_names()) return std::nullopt;
  return rename(names_[*slot]);
}

bool OptimizerNames::is_member(const model::KeyPath& path) const {
  return find_member(path).has_value();
}

std::vector<OptimizerNames> positions_in_optimizers(const model::Tree& tree) {
  std::vector<OptimizerNames> positions;
  for (optim::Optimizer& optimizer : optim::find_optimizers(tree))
    positions.emplace_back(tree, std::move(optimizer));
  return positions;
}

OptimizerMatches match_optimizers(const model::Tree& a, const model::Tree& b) {
  OptimizerMatches matches{names_in_optimizers(a), names_in_optimizers(b), {}};
  std::vector<OptimizerNames*> left_a;
  std::vector<OptimizerNames*> left_b;
  for (OptimizerNames& one : matches.b) left_b.push_back(&one);
  for (OptimizerNames& one : matches.a) {
    const auto partner = std::ranges::find(left_b, one.label(), &OptimizerNames::label);
    if (partner == left_b.end()) {
      left_a.push_back(&one);
      continue;
    }
    matches.matches.push_back(agree(one, **partner));
    left_b.erase(partner);
  }
  if (left_a.size() == 1 && left_b.size() == 1) {
    left_b.front()->set_label(left_a.front()->label());
    matches.matches.push_back(agree(*left_a.front(), *left_b.front()));
  }
  return matches;
}

}  // namespace ckpt::diff
