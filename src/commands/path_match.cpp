#include "commands/path_match.hpp"

#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::Tree;

/// '*' within one step stands for any text.
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

/// Which prefixes of the pattern the path so far matches; "**" takes any number of steps.
bool matches_path(const Tree& tree, const std::vector<model::WrittenStep>& pattern,
                  const model::KeyPath& path) {
  std::vector<bool> reached(pattern.size() + 1);
  reached[0] = true;
  const auto is_deep = [&](std::size_t i) {
    return !pattern[i].is_quoted && pattern[i].text == "**";
  };
  const auto pass_deep = [&](std::vector<bool>& at) {
    for (std::size_t i = 0; i < pattern.size(); ++i)
      if (at[i] && is_deep(i)) at[i + 1] = true;
  };
  pass_deep(reached);
  for (const model::PathStep& step : path) {
    std::vector<bool> next(pattern.size() + 1);
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (!reached[i]) continue;
      if (is_deep(i))
        next[i] = true;
      else if (matches_one(tree, pattern[i], step))
        next[i + 1] = true;
    }
    pass_deep(next);
    reached = std::move(next);
  }
  return reached[pattern.size()];
}

}  // namespace

std::vector<PathMatch> find_paths(const Tree& tree, std::string_view pattern) {
  const std::vector<model::WrittenStep> steps = model::parse_path(pattern);
  std::vector<PathMatch> matches;
  std::vector<model::NodeId> nodes;
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    nodes.resize(walk.depth());
    nodes.push_back(walk.node());
    if (walk.depth() > 0 && matches_path(tree, steps, walk.path()))
      matches.push_back({walk.path(), nodes});
  }
  return matches;
}

}  // namespace ckpt::commands
