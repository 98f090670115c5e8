#include "ckpt/edit/copy_names.hpp"

#include <algorithm>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/pairing.hpp"

namespace ckpt::edit {

namespace {

using match::RenameRule;

std::vector<RenameRule> map_rules(const CopyChoice& choice) {
  std::vector<RenameRule> rules;
  for (const std::string& map : choice.maps) rules.push_back(RenameRule::map(map));
  return rules;
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

SourceNames::SourceNames(const CopyChoice& choice)
    : choice_(choice),
      keep_(choice.keep),
      drop_(choice.drop),
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

bool SourceNames::is_selected(const std::string& key, const std::string& common_name) {
  const std::vector<std::string> origins = origins_of(key);
  std::vector<match::Subject> names{{common_name, common_name}};
  for (const std::string& origin : origins) names.push_back({origin, origin});
  const bool is_dropped = drop_.matches_any(names);
  return (keep_.is_empty() || keep_.matches_any(names)) && !is_dropped;
}

void SourceNames::note_name_in_file(const std::string& name) {
  keep_.matches({name, name});
  drop_.matches({name, name});
}

void SourceNames::require_patterns(const std::vector<match::Named>& entries) const {
  for (const std::string& pattern : keep_.unused()) throw_no_match("--keep", pattern, entries);
  for (const std::string& pattern : drop_.unused()) throw_no_match("--drop", pattern, entries);
}

void SourceNames::throw_no_match(std::string_view option, const std::string& text,
                                 const std::vector<match::Named>& entries) const {
  std::vector<std::string> names;
  for (const match::Named& entry : entries) names.push_back(entry.name);
  std::string hint = did_you_mean(find_closest(text, names));
  if (hint.empty() && !names.empty()) hint = concat("the first key is ", quote(names.front()));
  throw Error(ErrorKind::usage, concat(option, ' ', quote(text), " matches nothing"), hint);
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

}  // namespace ckpt::edit
