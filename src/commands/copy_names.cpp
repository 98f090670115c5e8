#include "commands/copy_names.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/pairing.hpp"
#include "ckpt/match/pattern.hpp"
#include "commands/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

using match::RenameRule;

std::vector<RenameRule> map_rules(const CopyChoice& choice) {
  std::vector<RenameRule> rules;
  for (const std::string& map : choice.maps) rules.push_back(RenameRule::map(map));
  return rules;
}

/// The names that --keep and --drop leave out.
std::unordered_set<std::string> unselected_names(const CopyChoice& choice,
                                                 const Checkpoint& source) {
  std::unordered_set<std::string> unselected;
  match::PatternSet keep(choice.selection.keep);
  match::PatternSet drop(choice.selection.drop);
  for (const match::Named& entry : match::named_entries(source.tree(), source.root)) {
    const bool is_dropped = drop.matches({entry.name, entry.name});
    const bool is_kept = keep.is_empty() || keep.matches({entry.name, entry.name});
    if (is_dropped || !is_kept) unselected.insert(entry.name);
  }
  refuse_unused(keep, source, "--keep");
  refuse_unused(drop, source, "--drop");
  return unselected;
}

}  // namespace

std::vector<RenameRule> wrapper_rules(const CopyChoice& choice) {
  if (!choice.strips_wrappers) return {};
  return {RenameRule::strip_wrappers()};
}

void throw_unused(const std::string& option, const std::vector<match::Named>& entries) {
  throw Error(ErrorKind::usage,
              concat(option, " applies to none of ", counted(entries.size(), "key")),
              entries.empty() ? "" : concat("the first key is ", quote(entries.front().name)));
}

SourceNames::SourceNames(const CopyChoice& choice, const Checkpoint& source)
    : choice_(choice),
      unselected_(within(source.path.string(), [&] { return unselected_names(choice, source); })),
      wrappers_(wrapper_rules(choice)),
      maps_(map_rules(choice)) {}

std::optional<std::string> SourceNames::find_inner(std::string_view name) {
  std::string inner = wrappers_.rename(name);
  if (!choice_.from_prefix) return inner;
  if (!inner.starts_with(*choice_.from_prefix)) return std::nullopt;
  has_used_prefix_ = true;
  return inner.substr(choice_.from_prefix->size());
}

void SourceNames::require_prefix(const std::vector<match::Named>& entries) const {
  if (choice_.from_prefix && !has_used_prefix_)
    throw_unused(concat("--from-prefix ", *choice_.from_prefix), entries);
}

void SourceNames::set_origins(std::map<std::string, std::vector<std::string>> origins) {
  origins_ = std::move(origins);
}

std::vector<std::string> SourceNames::origins_of(const std::string& key) const {
  if (!origins_) return {key};
  const auto found = origins_->find(key);
  return found == origins_->end() ? std::vector<std::string>() : found->second;
}

bool SourceNames::is_selected(const std::string& key) const {
  const std::vector<std::string> origins = origins_of(key);
  if (origins.empty()) return choice_.selection.keep.empty();
  return std::ranges::none_of(origins,
                              [&](const std::string& name) { return unselected_.contains(name); });
}

std::optional<std::string> SourceNames::find_common(std::string_view key) {
  const std::optional<std::string> inner = have_rules() ? std::string(key) : find_inner(key);
  if (!inner) return std::nullopt;
  return concat(choice_.to_prefix.value_or(""), maps_.rename(*inner));
}

std::optional<std::string> SourceNames::common_name_of(std::string_view key) const {
  std::string name = have_rules() ? std::string(key) : wrappers_.renamed(key);
  if (!have_rules() && choice_.from_prefix) {
    if (!name.starts_with(*choice_.from_prefix)) return std::nullopt;
    name.erase(0, choice_.from_prefix->size());
  }
  return concat(choice_.to_prefix.value_or(""), maps_.renamed(name));
}

}  // namespace ckpt::commands
