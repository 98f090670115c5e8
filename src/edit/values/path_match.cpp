#include "edit/values/path_match.hpp"

#include <algorithm>

#include "ckpt/model/walk.hpp"

namespace ckpt::edit {

namespace {

using model::Kind;
using model::Tree;

/// '*' matches any text within one step.
bool matches_step(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches_one(const Tree& tree, const model::WrittenStep& written, const model::PathStep& step) {
  if (written.is_quoted)
    return step.type == model::StepType::key && tree.is_text(step.key, written.text);
  if (step.type == model::StepType::key && tree.is(step.key, Kind::text) &&
      matches_step(written.text, tree.text(step.key)))
    return true;
  return matches_step(written.text, step_text(tree, step));
}

/// Which prefixes of the pattern match the path so far, updated step by step. "**" matches any
/// number of steps.
class PatternState {
 public:
  explicit PatternState(const std::vector<model::WrittenStep>& pattern)
      : pattern_(pattern), reached_(pattern.size() + 1) {
    reached_[0] = true;
    pass_deep();
  }

  PatternState after(const Tree& tree, const model::PathStep& step) const {
    PatternState next(pattern_);
    next.reached_.assign(reached_.size(), false);
    for (std::size_t i = 0; i < pattern_.size(); ++i) {
      if (!reached_[i]) continue;
      if (is_deep(i)) {
        next.reached_[i] = true;
      } else if (matches_one(tree, pattern_[i], step)) {
        next.reached_[i + 1] = true;
      }
    }
    next.pass_deep();
    return next;
  }

  bool is_match() const { return reached_.back(); }
  bool is_dead_end() const { return std::ranges::find(reached_, true) == reached_.end(); }

 private:
  bool is_deep(std::size_t i) const { return !pattern_[i].is_quoted && pattern_[i].text == "**"; }
  void pass_deep() {
    for (std::size_t i = 0; i < pattern_.size(); ++i)
      if (reached_[i] && is_deep(i)) reached_[i + 1] = true;
  }

  const std::vector<model::WrittenStep>& pattern_;
  std::vector<bool> reached_;
};

/// For the last match and the new places above it.
void note_nodes(PathMatches& found, const std::vector<model::NodeId>& nodes) {
  const std::size_t known = found.nodes.size();
  found.nodes.resize(static_cast<std::size_t>(found.matches.back()) + 1);
  for (model::PlaceId place = found.matches.back(); static_cast<std::size_t>(place) >= known;
       place = found.places.above(place))
    found.node(place) = nodes[found.places.depth(place)];
}

}  // namespace

PathMatches find_paths(const Tree& tree, std::string_view pattern) {
  const std::vector<model::WrittenStep> steps = model::parse_path(pattern);
  PathMatches found;
  found.nodes.push_back(tree.root());
  std::vector<PatternState> states;  // by depth
  std::vector<model::NodeId> nodes;  // by depth
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    nodes.resize(walk.depth());
    nodes.push_back(walk.node());
    if (walk.depth() == 0) {
      states.emplace_back(steps);
      continue;
    }
    while (states.size() > walk.depth()) states.pop_back();
    states.push_back(states.back().after(tree, walk.path().back()));
    if (states.back().is_match()) {
      found.matches.push_back(walk.place(found.places));
      note_nodes(found, nodes);
    }
    if (states.back().is_dead_end()) walk.skip_children();
  }
  return found;
}

}  // namespace ckpt::edit
