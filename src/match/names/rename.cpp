// OLD of a --map rule becomes a regular expression whose groups are its wildcards and braces; NEW
// becomes literals with references to these groups.

#include "ckpt/match/rename.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "match/names/glob.hpp"
#include "match/names/key_regex.hpp"

namespace ckpt::match {

namespace {

/// DataParallel, torch.compile, FSDP, DeepSpeed, activation checkpointing, Opacus.
constexpr std::array<std::string_view, 6> wrapper_names{
    "module", "_orig_mod", "_fsdp_wrapped_module", "_forward_module", "_checkpoint_wrapped_module",
    "_module"};

/// The last part is the name of the tensor and never a wrapper.
std::string without_wrappers(std::string_view key) {
  std::string out;
  const std::vector<std::string_view> parts = split(key, '.');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    if (!is_last && std::ranges::find(wrapper_names, parts[i]) != wrapper_names.end()) continue;
    out += parts[i];
    if (!is_last) out += '.';
  }
  return out;
}

bool is_wildcard(char c) { return c == '*' || c == '?'; }

/// The numbers (from 1) of the groups that come from *, ** and ? of a glob.
std::vector<int> wildcard_groups(std::string_view glob) {
  std::vector<int> groups;
  if (glob.starts_with('"')) return groups;
  int group = 0;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '\\') {
      ++i;
    } else if (glob[i] == '{') {
      ++group;
    } else if (is_wildcard(glob[i])) {
      groups.push_back(++group);
      if (glob.substr(i, 2) == "**") ++i;
    }
  }
  return groups;
}

}  // namespace

/// NEW as text with references to groups: literal[0] group[0] literal[1] group[1] ... literal[n].
struct RenameRule::Map {
  KeyRegex regex;
  std::vector<std::string> literals;
  std::vector<int> groups;

  explicit Map(const std::string& pattern) : regex(pattern) {}

  /// The groups of the user's pattern; one more group holds the text below OLD.
  int group_count() const { return regex.group_count() - 1; }

  std::string expected_reference() const {
    if (group_count() == 0) return "OLD has neither wildcards nor braces";
    return group_count() == 1 ? "expected {1}" : concat("expected {1} to {", group_count(), "}");
  }

  /// Reads "{2}" at `at` and leaves `at` on the closing brace.
  int read_reference(std::string_view target, std::size_t& at) const {
    const std::size_t end = target.find('}', at);
    const auto number = end == std::string_view::npos
                            ? std::nullopt
                            : find_integer(target.substr(at + 1, end - at - 1));
    if (!number || *number < 1 || *number > group_count())
      throw Error(ErrorKind::usage, concat("--map: ", quote(target), ": ", expected_reference()));
    at = end;
    return static_cast<int>(*number);
  }

  void parse_target(std::string_view target, const std::vector<int>& wildcards) {
    std::string literal;
    if (auto key = find_quoted_key(target)) {
      literal = std::move(*key);
      target = {};
    }
    std::size_t next_wildcard = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
      if (is_wildcard(target[i])) {
        if (next_wildcard == wildcards.size())
          throw Error(ErrorKind::usage,
                      concat("--map: ", quote(target), " has more wildcards than its left side"));
        if (target.substr(i, 2) == "**") ++i;
        literals.push_back(std::exchange(literal, {}));
        groups.push_back(wildcards[next_wildcard++]);
      } else if (target[i] == '{') {
        literals.push_back(std::exchange(literal, {}));
        groups.push_back(read_reference(target, i));
      } else {
        if (target[i] == '\\' && i + 1 < target.size()) ++i;
        literal += target[i];
      }
    }
    literals.push_back(std::move(literal));
    // The text below OLD follows the new name.
    groups.push_back(group_count() + 1);
    literals.emplace_back();
  }

  std::optional<std::string> find_renamed(std::string_view key) const {
    const auto found = regex.find_groups(key);
    if (!found) return std::nullopt;
    std::string out = literals.front();
    for (std::size_t i = 0; i < groups.size(); ++i)
      out += concat((*found)[static_cast<std::size_t>(groups[i]) - 1], literals[i + 1]);
    return out;
  }
};

RenameRule::RenameRule(RenameKind kind, std::string text, std::string prefix)
    : kind_(kind), text_(std::move(text)), prefix_(std::move(prefix)) {}

RenameRule RenameRule::strip_wrappers() {
  return {RenameKind::strip_wrappers, "--strip-wrappers", {}};
}

RenameRule RenameRule::strip_prefix(std::string prefix) {
  std::string text = concat("--strip-prefix ", prefix);
  return {RenameKind::strip_prefix, std::move(text), std::move(prefix)};
}

RenameRule RenameRule::add_prefix(std::string prefix) {
  std::string text = concat("--add-prefix ", prefix);
  return {RenameKind::add_prefix, std::move(text), std::move(prefix)};
}

RenameRule RenameRule::map(std::string_view old_to_new) {
  const std::size_t arrow = old_to_new.find("=>");
  if (arrow == std::string_view::npos || arrow == 0)
    throw Error(ErrorKind::usage, concat("--map ", quote(old_to_new), ": expected OLD=>NEW"));
  const std::string_view old_glob = old_to_new.substr(0, arrow);
  std::vector<int> wildcards = wildcard_groups(old_glob);
  // Without a wildcard at its end, OLD also matches everything below it.
  const auto map = std::make_shared<Map>(
      concat("(?s)", glob_to_regex(old_glob, GlobScope::key), "((?:\\..*)?)"));
  if (const std::string error = map->regex.error(); !error.empty())
    throw Error(ErrorKind::usage, concat("--map ", quote(old_to_new), ": ", error));
  map->parse_target(old_to_new.substr(arrow + 2), wildcards);
  RenameRule rule(RenameKind::map, concat("--map ", old_to_new), {});
  rule.map_ = map;
  return rule;
}

std::optional<std::string> RenameRule::find_renamed(std::string_view key) const {
  switch (kind_) {
    case RenameKind::strip_wrappers: {
      std::string renamed = without_wrappers(key);
      if (renamed == key) return std::nullopt;
      return renamed;
    }
    case RenameKind::strip_prefix:
      if (!key.starts_with(prefix_)) return std::nullopt;
      return std::string(key.substr(prefix_.size()));
    case RenameKind::add_prefix:
      return concat(prefix_, key);
    case RenameKind::map:
      return map_->find_renamed(key);
  }
  return std::nullopt;
}

std::string Renaming::apply(std::string_view key, std::vector<bool>* is_used) const {
  std::string name(key);
  bool is_mapped = false;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const bool is_map = rules_[i].is_map();
    if (is_map && is_mapped) continue;
    std::optional<std::string> renamed = rules_[i].find_renamed(name);
    if (!renamed) continue;
    is_mapped = is_mapped || is_map;
    if (is_used != nullptr) (*is_used)[i] = true;
    name = std::move(*renamed);
  }
  return name;
}

std::string Renaming::renamed(std::string_view key) const { return apply(key, nullptr); }
std::string Renaming::rename(std::string_view key) { return apply(key, &is_used_); }

std::vector<std::string> Renaming::unused() const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (!is_used_[i]) texts.push_back(rules_[i].text());
  return texts;
}

}  // namespace ckpt::match
