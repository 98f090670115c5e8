// A Position carries the names of the current value under all naming schemes (path, root, metadata,
// optimizer), so that a step of the walk only appends a part to each.

#include "diff/positions.hpp"

#include "ckpt/base/text.hpp"

namespace ckpt::diff {

namespace {

using model::Kind;
using model::NodeId;
using model::PathStep;
using model::StepType;

/// The texts of longer keys are remembered: a file may use one such key in many dicts.
constexpr std::size_t long_key_bytes = 64;

Joint joint_after(NameId name) { return name == Names::top ? Joint::none : Joint::colon; }

}  // namespace

Positions::Positions(const Side& side, match::Renaming& renaming)
    : tree_(side.tree),
      root_(side.root),
      optimizers_(side.optimizers),
      names_(side.names),
      renaming_(renaming),
      optimizer_at_{Position::none} {
  for (std::uint32_t i = 0; i < optimizers_.size(); ++i) {
    const std::uint32_t fork = fork_at(optimizers_[i].place());
    if (optimizer_at_[fork] == Position::none) optimizer_at_[fork] = i;
  }
  note_optimizers_around_root();
}

/// Of all optimizers the paths to them are followed once.
std::uint32_t Positions::fork_at(const model::TreePlace& place) {
  std::vector<model::PlaceId> open;
  model::PlaceId id = place.id;
  for (; id != model::Places::top && !fork_of_place_.contains(id); id = place.places->above(id))
    open.push_back(id);
  std::uint32_t fork = id == model::Places::top ? 0 : fork_of_place_.at(id);
  for (; !open.empty(); open.pop_back()) {
    const PathStep& step = place.places->step(open.back());
    const auto next = static_cast<std::uint32_t>(optimizer_at_.size());
    const auto [found, is_new] = forks_.try_emplace({fork, step.type, step.key, step.index}, next);
    if (is_new) optimizer_at_.push_back(Position::none);
    fork = found->second;
    fork_of_place_.emplace(open.back(), fork);
  }
  return fork;
}

void Positions::note_optimizers_around_root() {
  surrounds_root_.resize(optimizers_.size());
  std::uint32_t fork = 0;
  for (const PathStep& step : root_.path) {
    if (optimizer_at_[fork] != Position::none) surrounds_root_[optimizer_at_[fork]] = true;
    const auto next = forks_.find({fork, step.type, step.key, step.index});
    if (next == forks_.end()) return;
    fork = next->second;
  }
}

Position Positions::top() {
  Position position;
  if (root_.path.empty()) position.key = names_.add_text("");  // the whole file is one value
  position.renamed_key = position.key;
  if (optimizer_at_[0] != Position::none) enter_optimizer(position, optimizer_at_[0]);
  return position;
}

Position Positions::below(const Position& above, const PathStep& step, Beside beside) {
  Position position = above;
  ++position.depth;
  const TextId part = part_of(step);
  position.path = names_.add(above.path, joint_after(above.path), part);
  follow_optimizers(position, above, step, part);
  follow_root(position, above, step, part, beside);
  return position;
}

Area Positions::area_of(const Position& position) const {
  const Area without = is_in_root(position) ? Area::root : Area::rest;
  if (position.optimizer == Position::none) return without;
  return is_in_root(position) && surrounds_root_[position.optimizer] ? Area::root : Area::optimizer;
}

void Positions::follow_root(Position& position, const Position& above, const PathStep& step,
                            TextId part, Beside beside) {
  if (!is_in_root(above)) {
    const bool is_on_the_way = above.root_steps == above.depth;
    if (!is_on_the_way) return;
    const PathStep& wanted = root_.path[above.depth];
    if (step.type == wanted.type && step.key == wanted.key && step.index == wanted.index)
      ++position.root_steps;
    return;
  }
  const std::size_t steps = above.depth - root_.path.size();
  position.below_root = names_.add(above.below_root, joint_after(above.below_root), part);
  const TextId in_metadata = metadata_part(steps, step, part);
  position.metadata = above.metadata == above.below_root && in_metadata == part
                          ? position.below_root
                          : names_.add(above.metadata, joint_after(above.metadata), in_metadata);
  if (steps == 0) return enter_root(position, step, part, beside);
  position.renamed = above.renamed == above.below_root
                         ? position.below_root
                         : names_.add(above.renamed, Joint::colon, part);
}

/// Rules see the key of the state dict, not what lies below its value.
void Positions::enter_root(Position& position, const PathStep& step, TextId part, Beside beside) {
  position.key_is_text = step.type == StepType::key && tree_.is(step.key, Kind::text);
  position.key = position.key_is_text ? text_of(step.key) : part;
  position.renamed_key = position.key;
  position.renamed = position.below_root;
  if (!position.key_is_text || beside == Beside::yes || area_of(position) != Area::root) return;
  position.renamed_key = names_.add_text(renaming_.rename(names_.text(position.key)));
  if (position.renamed_key == position.key) return;
  position.renamed =
      names_.add(Names::top, Joint::none, model::key_text(names_.text(position.renamed_key)));
}

/// `_metadata` has module paths as keys: a rule that renames the tensors of a module renames its
/// path.
TextId Positions::metadata_part(std::size_t steps, const PathStep& step, TextId part) {
  const bool is_module = steps == 1 && step.type == StepType::key && tree_.is(step.key, Kind::text);
  if (!is_module) return part;
  const std::string_view module = tree_.text(step.key);
  const std::string renamed = renamed_module(module);
  return renamed == module ? part : names_.add_text(model::key_text(renamed));
}

std::string Positions::renamed_module(std::string_view module) const {
  constexpr std::string_view inside = "weight";
  const std::string entry = module.empty() ? std::string(inside) : concat(module, ".", inside);
  const std::string renamed = renaming_.renamed(entry);
  if (renamed == inside) return {};
  if (!renamed.ends_with(concat(".", inside))) return std::string(module);
  return renamed.substr(0, renamed.size() - inside.size() - 1);
}

/// When optimizers are nested, the first in the list counts.
void Positions::follow_optimizers(Position& position, const Position& above, const PathStep& step,
                                  TextId part) {
  if (position.optimizer != Position::none) follow_optimizer(position, step, part);
  if (above.fork == Position::none) return;
  const auto fork = forks_.find({above.fork, step.type, step.key, step.index});
  position.fork = fork == forks_.end() ? Position::none : fork->second;
  if (position.fork == Position::none) return;
  const std::uint32_t found = optimizer_at_[position.fork];
  if (found < position.optimizer) enter_optimizer(position, found);
}

void Positions::enter_optimizer(Position& position, std::uint32_t optimizer) {
  position.optimizer = optimizer;
  position.within = Position::Within::top;
  const std::string& label = optimizers_[optimizer].label();
  position.around = label.empty() ? Names::top : names_.add(Names::top, Joint::none, label);
  position.in_optimizer = position.around;
}

void Positions::follow_optimizer(Position& position, const PathStep& step, TextId part) {
  using enum Position::Within;
  position.is_member = false;
  const Position::Within above = position.within;
  position.within = other;
  if (above == state && enter_slot(position, step)) return;
  const bool has_names = optimizers_[position.optimizer].has_names();
  const NameId around = position.around;
  position.around = names_.add(
      around, above == slot && has_names ? Joint::colon_space : joint_after(around), part);
  position.in_optimizer = position.around;
  if (above == top && is_key(step, "state")) position.within = state;
  if (above == top && is_key(step, "param_groups")) position.within = groups;
  const std::size_t group_count = optimizers_[position.optimizer].group_count();
  if (above == groups && step.type == StepType::index && step.index < group_count) {
    position.within = group;
    position.group = static_cast<std::uint32_t>(step.index);
  }
  if (above == group && is_key(step, "params")) position.within = params;
  if (above == group && has_names && is_key(step, "param_names")) position.within = param_names;
  if (above == params || above == param_names) {
    position.within = above;
    enter_member(position, step);
    position.within = other;
  }
}

/// `state:3` becomes "state of fc.weight", or keeps its position without names.
bool Positions::enter_slot(Position& position, const PathStep& step) {
  const OptimizerNames& optimizer = optimizers_[position.optimizer];
  const auto slot = step.type == StepType::key ? optimizer.find_slot(step.key) : std::nullopt;
  if (!slot) return false;
  position.within = Position::Within::slot;
  if (optimizer.has_names()) {
    const std::string name = renaming_.renamed(optimizer.name_of(*slot));
    position.parameter = names_.add_text(name);
    position.around = begun(position, concat("state of ", name));
  } else {
    position.around = names_.add(position.around, Joint::colon, concat(*slot));
  }
  position.in_optimizer = position.around;
  return true;
}

/// `param_groups:0:params:3` becomes "params of group 0: fc.weight".
bool Positions::enter_member(Position& position, const PathStep& step) {
  const OptimizerNames& optimizer = optimizers_[position.optimizer];
  const auto slot =
      step.type == StepType::index ? optimizer.find_slot(position.group, step.index) : std::nullopt;
  position.is_member = slot.has_value();
  if (!slot || !optimizer.has_names()) return position.is_member;
  const bool is_params = position.within == Position::Within::params;
  const NameId list =
      begun(position, concat(is_params ? "params" : "param_names", " of group ", position.group));
  position.in_optimizer =
      names_.add(list, Joint::colon_space, renaming_.renamed(optimizer.name_of(*slot)));
  return true;
}

/// A name that starts with the label of the optimizer.
NameId Positions::begun(const Position& position, std::string_view part) {
  const std::string& label = optimizers_[position.optimizer].label();
  if (label.empty()) return names_.add(Names::top, Joint::none, part);
  return names_.add(names_.add(Names::top, Joint::none, label), Joint::colon_space, part);
}

TextId Positions::part_of(const PathStep& step) {
  const bool is_long = step.type == StepType::key && tree_.is(step.key, Kind::text) &&
                       tree_.text(step.key).size() > long_key_bytes;
  if (!is_long) return names_.add_text(step_text(tree_, step));
  const auto [found, is_new] = long_parts_.try_emplace(step.key, no_text);
  if (is_new) found->second = names_.add_text(step_text(tree_, step));
  return found->second;
}

TextId Positions::text_of(NodeId key) {
  const std::string_view text = tree_.text(key);
  if (text.size() <= long_key_bytes) return names_.add_text(text);
  const auto [found, is_new] = long_texts_.try_emplace(key, no_text);
  if (is_new) found->second = names_.add_text(text);
  return found->second;
}

bool Positions::is_key(const PathStep& step, std::string_view text) const {
  return step.type == StepType::key && tree_.is_text(step.key, text);
}

}  // namespace ckpt::diff
