// An optimizer may cover one state dict of the file or several in a row: every combination is a
// list.

#include "optim/names/candidate_lists.hpp"

#include <algorithm>
#include <unordered_map>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/pattern.hpp"
#include "optim/find/wrappers.hpp"

namespace ckpt::optim {

namespace {

/// With more state dicts than this, only the concatenation of all is tried.
constexpr std::size_t most_parts_to_combine = 5;

bool is_in(const Candidate& candidate, Buffers buffers) {
  return buffers == Buffers::in || (!candidate.is_likely_buffer && !candidate.is_frozen);
}

CandidateList list_of(const ModelPart& part, Buffers buffers) {
  CandidateList list{.part = part.path, .owned = {}, .candidates = {}};
  if (part.is_in_module_order) list.order = ModuleOrder::known;
  for (const Candidate& candidate : part.candidates)
    if (is_in(candidate, buffers)) list.candidates.push_back(&candidate);
  return list;
}

CandidateList joined(const std::vector<const ModelPart*>& parts, Buffers buffers) {
  CandidateList list{
      .part = {}, .is_joined = true, .order = ModuleOrder::known, .owned = {}, .candidates = {}};
  for (const ModelPart* part : parts)
    for (const Candidate& candidate : part->candidates)
      if (is_in(candidate, buffers)) {
        list.owned.push_back(candidate);
        list.owned.back().name = concat(part->path, ':', candidate.name);
      }
  for (const Candidate& candidate : list.owned) list.candidates.push_back(&candidate);
  return list;
}

void append_combinations(const std::vector<const ModelPart*>& parts, Buffers buffers,
                         std::vector<CandidateList>& lists) {
  lists.push_back(joined(parts, buffers));
  if (parts.size() > most_parts_to_combine) return;
  const std::size_t all = (std::size_t{1} << parts.size()) - 1;
  for (std::size_t chosen = 1; chosen < all; ++chosen) {
    std::vector<const ModelPart*> some;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if ((chosen >> i & 1) != 0) some.push_back(parts[i]);
    if (some.size() > 1) lists.push_back(joined(some, buffers));
  }
}

/// Records for each pattern whether it has matched anything.
class Patterns {
 public:
  explicit Patterns(const std::vector<std::string>& texts) : is_used_(texts.size()) {
    for (const std::string& text : texts) patterns_.emplace_back(text);
  }

  /// The index of the first pattern that matches; nothing when none does.
  std::optional<std::size_t> first_match(const std::string& name) {
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (!patterns_[i].matches(name)) continue;
      is_used_[i] = true;
      return i;
    }
    return std::nullopt;
  }

  /// The patterns that have matched nothing.
  std::vector<std::string> unused() const {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < patterns_.size(); ++i)
      if (!is_used_[i]) texts.push_back(patterns_[i].text());
    return texts;
  }

 private:
  std::vector<match::Pattern> patterns_;
  std::vector<bool> is_used_;
};

void refuse_unused(const Patterns& patterns, std::string_view option,
                   const std::vector<const Candidate*>& candidates) {
  const std::vector<std::string> unused = patterns.unused();
  if (unused.empty()) return;
  std::vector<std::string> names;
  for (const Candidate* candidate : candidates) names.push_back(candidate->name);
  throw Error(ErrorKind::usage,
              concat(option, ' ', quote(unused.front()), ": no parameter matches"),
              did_you_mean(find_closest(unused.front(), names)));
}

void remove_frozen(const std::vector<std::string>& frozen, CandidateList& list) {
  if (frozen.empty()) return;
  Patterns patterns(frozen);
  const std::vector<const Candidate*> before = list.candidates;
  std::erase_if(list.candidates, [&](const Candidate* candidate) {
    return patterns.first_match(candidate->name).has_value();
  });
  refuse_unused(patterns, "--frozen", before);
}

void reorder(const std::vector<std::string>& reference, CandidateList& list) {
  if (reference.empty()) return;
  std::unordered_map<std::string, std::size_t> place;
  for (const std::string& name : reference) place.try_emplace(without_wrappers(name), place.size());
  std::vector<std::pair<std::size_t, const Candidate*>> placed;
  for (const Candidate* candidate : list.candidates) {
    const auto found = place.find(without_wrappers(candidate->name));
    if (found == place.end())
      throw Error(ErrorKind::conflict,
                  concat("--names-from: no parameter ", quote(candidate->name), " in it"));
    placed.emplace_back(found->second, candidate);
  }
  std::ranges::stable_sort(placed, {}, [](const auto& entry) { return entry.first; });
  list.candidates.clear();
  for (const auto& [at, candidate] : placed) list.candidates.push_back(candidate);
  list.order = ModuleOrder::known;
}

}  // namespace

std::vector<CandidateList> candidate_lists(const std::vector<ModelPart>& parts, Buffers buffers) {
  std::vector<const ModelPart*> chosen;
  for (const ModelPart& part : parts)
    if (!part.is_average) chosen.push_back(&part);
  if (chosen.empty())
    for (const ModelPart& part : parts) chosen.push_back(&part);
  std::vector<CandidateList> lists;
  for (const ModelPart* part : chosen) lists.push_back(list_of(*part, buffers));
  if (chosen.size() > 1) append_combinations(chosen, buffers, lists);
  return lists;
}

void apply_overrides(const Overrides& overrides, CandidateList& list) {
  remove_frozen(overrides.frozen, list);
  reorder(overrides.reference_order, list);
}

std::vector<int> groups_by_pattern(const std::vector<std::string>& texts,
                                   const std::vector<const Candidate*>& candidates) {
  Patterns patterns(texts);
  std::vector<int> groups;
  for (const Candidate* candidate : candidates) {
    const auto group = patterns.first_match(candidate->name);
    groups.push_back(group ? static_cast<int>(*group) : any_group);
  }
  refuse_unused(patterns, "--group", candidates);
  return groups;
}

}  // namespace ckpt::optim
