// Collects the sets by name parts once; trainable_sets.cpp and layouts.cpp choose among them.

#include "optim/names/name_sets.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "optim/names/names.hpp"

namespace ckpt::optim {

namespace {

std::vector<std::string> families_of(const Candidate& candidate) {
  std::vector<std::string> families;
  for (const std::string_view part : split(candidate.name, '.')) {
    if (part.starts_with("lora_")) families.emplace_back("lora_*");
    if (part.starts_with("adapter")) families.emplace_back("adapter*");
    if (part.starts_with("embed") || part.ends_with("embeddings") || part == "wte" ||
        part == "wpe" || part == "pos_embed")
      families.emplace_back("embeddings*");
  }
  if (candidate.is_in_norm) families.emplace_back("norms*");
  return families;
}

/// The smallest and the largest number among the parts of a name.
std::optional<std::pair<std::int64_t, std::int64_t>> numbers_in(const std::string& name) {
  std::optional<std::pair<std::int64_t, std::int64_t>> range;
  for (const std::string_view part : split(name, '.')) {
    if (!is_digits(part)) continue;
    const std::optional<std::int64_t> number = find_integer(part);
    if (!number) continue;
    if (!range) range.emplace(*number, *number);
    range->first = std::min(range->first, *number);
    range->second = std::max(range->second, *number);
  }
  return range;
}

std::vector<ModuleMembers> modules_of(const Problem& problem) {
  std::vector<ModuleMembers> modules;
  std::unordered_map<std::string, std::size_t> place;
  for (Index i = 0; i < problem.candidates.size(); ++i) {
    const std::string& name = problem.name(i);
    std::size_t parts = 0;
    for (std::size_t dot = name.find('.'); dot != std::string::npos && parts < most_parts_of_a_name;
         dot = name.find('.', dot + 1), ++parts) {
      const auto [found, is_new] = place.try_emplace(name.substr(0, dot), modules.size());
      if (is_new) modules.push_back({found->first, {}});
      modules[found->second].members.push_back(i);
    }
  }
  return modules;
}

std::map<std::string, Indices> names_by_part(const Problem& problem) {
  std::map<std::string, Indices> by_part;
  const auto add = [&](std::string key, Index i) {
    Indices& names = by_part[std::move(key)];
    if (names.empty() || names.back() != i) names.push_back(i);
  };
  for (Index i = 0; i < problem.candidates.size(); ++i) {
    std::size_t parts = 0;
    for (const std::string_view part : split(problem.name(i), '.'))
      if (parts++ < most_parts_of_a_name) add(std::string(part), i);
    for (std::string& family : families_of(*problem.candidates[i])) add(std::move(family), i);
  }
  return by_part;
}

}  // namespace

NameParts name_parts(const Problem& problem) {
  return {modules_of(problem), names_by_part(problem)};
}

std::vector<NumberedTail> numbered_tails(const Problem& problem,
                                         std::pair<std::size_t, std::size_t> sizes) {
  std::map<std::int64_t, Indices> by_smallest;
  std::map<std::int64_t, Indices> by_largest;
  for (Index i = 0; i < problem.candidates.size(); ++i) {
    const auto range = numbers_in(problem.name(i));
    if (!range) continue;
    by_smallest[range->first].push_back(i);
    by_largest[range->second].push_back(i);
  }
  std::vector<NumberedTail> tails;
  const auto keep = [&](std::string text, const Indices& members) {
    if (members.size() != sizes.first && members.size() != sizes.second) return;
    tails.push_back({std::move(text), members});
    std::ranges::sort(tails.back().members);
  };
  Indices up_to;
  for (const auto& [number, members] : by_smallest) {
    up_to.insert(up_to.end(), members.begin(), members.end());
    keep(concat("numbers up to ", number), up_to);
  }
  Indices from;
  for (auto group = by_largest.rbegin(); group != by_largest.rend(); ++group) {
    from.insert(from.end(), group->second.begin(), group->second.end());
    keep(concat("numbers from ", group->first, " on"), from);
  }
  return tails;
}

}  // namespace ckpt::optim
