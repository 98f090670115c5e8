#include "ckpt/match/path_reader.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "ckpt/base/utf8.hpp"
#include "match/names/path_automaton.hpp"
#include "match/names/quoted_colons.hpp"

namespace ckpt::match {

namespace {

using model::NodeId;
using model::StepType;

/// Longer keys are read once behind each path: a file may use one of them in many dicts.
constexpr std::size_t long_key_bytes = 64;

struct Progress {
  PathAutomaton::States shown = {};  ///< behind the path as it is shown
  PathAutomaton::States plain = {};  ///< behind that without quoted colons; where that differs
  bool has_quoted_colons = false;
  bool is_utf8 = true;
  bool is_top = false;

  auto operator<=>(const Progress&) const = default;
};

/// In which states of the automaton a pattern has matched. As RE2 is asked: `?` is a character, and
/// in a path that is no UTF-8 it may be a byte.
struct Ends {
  std::size_t pattern = 0;
  std::uint32_t by_characters = 0;
  std::uint32_t by_bytes = 0;
};

bool holds(const PathAutomaton::States& states, std::uint32_t state) {
  return std::ranges::binary_search(states, state);
}

}  // namespace

struct PathReader::Impl {
  explicit Impl(const PatternSet& patterns) : pattern_count(patterns.patterns().size()) {
    for (std::size_t i = 0; i < pattern_count; ++i) {
      const Pattern& pattern = patterns.patterns()[i];
      if (!pattern.sees_whole_tree()) continue;
      const std::vector<GlobPart> parts = parse_glob(pattern.path_glob(), GlobScope::path);
      ends.push_back(
          {i, automaton.add(parts, Encoding::characters), automaton.add(parts, Encoding::bytes)});
    }
    add({.shown = automaton.start(), .is_top = true});
  }

  ReadPath add(Progress progress) {
    const auto [known, is_new] =
        ids.try_emplace(std::move(progress), static_cast<std::uint32_t>(all.size()));
    if (is_new) {
      all.push_back(&known->first);
      matches.push_back(matches_of(known->first));
    }
    return ReadPath{known->second};
  }

  std::vector<bool> matches_of(const Progress& progress) const {
    std::vector<bool> found(pattern_count);
    for (const Ends& end : ends)
      found[end.pattern] =
          has_ended(progress.shown, end, progress) || has_ended(progress.plain, end, progress);
    return found;
  }

  static bool has_ended(const PathAutomaton::States& states, const Ends& end,
                        const Progress& progress) {
    return holds(states, end.by_characters) || (!progress.is_utf8 && holds(states, end.by_bytes));
  }

  PathAutomaton::States after(PathAutomaton::States states, bool is_first,
                              std::string_view step) const {
    if (!is_first) states = automaton.after(states, ":");
    return automaton.after(states, step);
  }

  std::size_t pattern_count;
  PathAutomaton automaton;
  std::vector<Ends> ends;  // of the patterns that are held against paths
  std::map<Progress, std::uint32_t> ids;
  std::vector<const Progress*> all;
  std::vector<std::vector<bool>> matches;  // by progress
  std::unordered_map<std::uint64_t, ReadPath> below_long_keys;
};

PathReader::PathReader(const PatternSet& patterns) : impl_(std::make_unique<Impl>(patterns)) {}
PathReader::~PathReader() = default;
PathReader::PathReader(PathReader&&) noexcept = default;

ReadPath PathReader::below(ReadPath above, std::string_view step) {
  const Progress& before = *impl_->all[static_cast<std::size_t>(above)];
  const std::string plain_step = without_quoted_colons(step);
  Progress next{.has_quoted_colons = before.has_quoted_colons || plain_step != step,
                .is_utf8 = before.is_utf8 && is_utf8(step)};
  next.shown = impl_->after(before.shown, before.is_top, step);
  if (next.has_quoted_colons)
    next.plain = impl_->after(before.has_quoted_colons ? before.plain : before.shown, before.is_top,
                              plain_step);
  return impl_->add(std::move(next));
}

ReadPath PathReader::below(ReadPath above, const model::Tree& tree, const model::PathStep& step) {
  const bool is_long = step.type == StepType::key && tree.is(step.key, model::Kind::text) &&
                       tree.text(step.key).size() > long_key_bytes;
  if (!is_long) return below(above, step_text(tree, step));
  const std::uint64_t place =
      (static_cast<std::uint64_t>(above) << 32U) | static_cast<std::uint32_t>(step.key);
  if (const auto known = impl_->below_long_keys.find(place); known != impl_->below_long_keys.end())
    return known->second;
  const ReadPath read = below(above, step_text(tree, step));
  impl_->below_long_keys.emplace(place, read);
  return read;
}

const std::vector<bool>& PathReader::matches(ReadPath path) const {
  return impl_->matches[static_cast<std::size_t>(path)];
}

Subject KeyReader::below(const model::Tree& tree, const model::PathStep& step) {
  const bool is_known =
      step_ && step_->type == step.type && step_->key == step.key && step_->index == step.index;
  if (is_known)
    return {.key = key_, .path = {}, .key_is_text = key_is_text_, .key_matches = &matches_};
  key_is_text_ = step.type == StepType::key && tree.is(step.key, model::Kind::text);
  key_ = key_is_text_ ? std::string(tree.text(step.key)) : step_text(tree, step);
  step_ = step;
  return read();
}

Subject KeyReader::of(std::string_view key, bool key_is_text) {
  step_.reset();
  key_ = key;
  key_is_text_ = key_is_text;
  return read();
}

Subject KeyReader::read() {
  Subject subject{.key = key_, .path = {}, .key_is_text = key_is_text_};
  matches_.clear();
  for (const Pattern& pattern : patterns_.patterns())
    matches_.push_back(!pattern.sees_whole_tree() && pattern.matches(subject));
  subject.key_matches = &matches_;
  return subject;
}

}  // namespace ckpt::match
