// Optimizers are paired by path; the pair is compared by name only if both sides name every id.

#include "ckpt/diff/optimizer_names.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace ckpt::diff {

namespace {

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

std::optional<std::size_t> OptimizerNames::find_slot(model::NodeId key) const {
  const auto found = slots_.find(optim::identity_of(tree_, key));
  return found == slots_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> OptimizerNames::find_slot(std::size_t group, std::size_t item) const {
  if (group >= optimizer_.groups.size()) return std::nullopt;
  const optim::Group& found = optimizer_.groups[group];
  return item < found.slot_count ? std::optional(found.first_slot + item) : std::nullopt;
}

std::vector<OptimizerNames> positions_in_optimizers(const model::Tree& tree) {
  std::vector<OptimizerNames> positions;
  for (optim::Optimizer& optimizer : optim::find_optimizers(tree))
    positions.emplace_back(tree, std::move(optimizer));
  return positions;
}

OptimizerMatches match_optimizers(const model::Tree& a, const model::Tree& b) {
  OptimizerMatches matches{names_in_optimizers(a), names_in_optimizers(b), {}};
  std::unordered_map<std::string_view, std::size_t> by_label;  // counts for labels that occur once
  for (std::size_t i = 0; i < matches.b.size(); ++i) by_label.try_emplace(matches.b[i].label(), i);
  std::vector<OptimizerNames*> left_a;
  std::vector<bool> has_partner(matches.b.size());
  for (OptimizerNames& one : matches.a) {
    const auto partner = by_label.find(one.label());
    if (partner == by_label.end() || has_partner[partner->second]) {
      left_a.push_back(&one);
      continue;
    }
    has_partner[partner->second] = true;
    matches.matches.push_back(agree(one, matches.b[partner->second]));
  }
  std::vector<OptimizerNames*> left_b;
  for (std::size_t i = 0; i < matches.b.size(); ++i)
    if (!has_partner[i]) left_b.push_back(&matches.b[i]);
  if (left_a.size() == 1 && left_b.size() == 1) {
    left_b.front()->set_label(left_a.front()->label());
    matches.matches.push_back(agree(*left_a.front(), *left_b.front()));
  }
  return matches;
}

}  // namespace ckpt::diff
