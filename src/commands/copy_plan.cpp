#include "commands/copy_plan.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/match/rename.hpp"
#include "ckpt/tensor/cast.hpp"
#include "commands/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

using match::Named;
using match::RenameRule;

std::vector<RenameRule> wrapper_rules(const CopyChoice& choice) {
  if (!choice.strips_wrappers) return {};
  return {RenameRule::strip_wrappers()};
}

std::vector<RenameRule> map_rules(const CopyChoice& choice) {
  std::vector<RenameRule> rules;
  for (const std::string& map : choice.maps) rules.push_back(RenameRule::map(map));
  return rules;
}

/// From the name of an entry of the source to the one by which it is paired: wrappers go, then the
/// prefix, then the maps apply, then the other prefix is put before it.
class SourceNames {
 public:
  explicit SourceNames(const CopyChoice& choice)
      : choice_(choice), wrappers_(wrapper_rules(choice)), maps_(map_rules(choice)) {}

  /// Nothing for names that do not begin with --from-prefix.
  std::optional<std::string> find_common(std::string_view name) {
    std::string common = wrappers_.rename(name);
    if (choice_.from_prefix) {
      if (!common.starts_with(*choice_.from_prefix)) return std::nullopt;
      common.erase(0, choice_.from_prefix->size());
    }
    return concat(choice_.to_prefix.value_or(""), maps_.rename(common));
  }

  std::vector<std::string> unused_maps() const { return maps_.unused(); }
  bool has_used_wrappers() const { return wrappers_.unused().empty(); }

 private:
  const CopyChoice& choice_;
  match::Renaming wrappers_;
  match::Renaming maps_;
};

bool has_role(const Named& entry, CopiedRoles roles) {
  if (roles == CopiedRoles::all) return true;
  return entry.tensor && entry.is_buffer() == (roles == CopiedRoles::buffers);
}

[[noreturn]] void throw_unused(const std::string& option, const std::vector<Named>& entries) {
  throw Error(ErrorKind::usage,
              concat(option, " applies to none of ", counted(entries.size(), "key")),
              entries.empty() ? "" : concat("the first key is ", quote(entries.front().name)));
}

/// The entries that --keep and --drop leave.
std::vector<Named> selected(const Checkpoint& source, const CopyChoice& choice) {
  match::PatternSet keep(choice.selection.keep);
  match::PatternSet drop(choice.selection.drop);
  std::vector<Named> entries = match::named_entries(source.tree(), source.root);
  std::erase_if(entries, [&](const Named& entry) {
    const bool is_dropped = drop.matches({entry.name, entry.name});
    const bool is_kept = keep.is_empty() || keep.matches({entry.name, entry.name});
    return is_dropped || !is_kept;
  });
  refuse_unused(keep, source, "--keep");
  refuse_unused(drop, source, "--drop");
  return entries;
}

std::vector<Named> sources_of(const Checkpoint& source, const CopyChoice& choice,
                              SourceNames& names) {
  const std::vector<Named> all = selected(source, choice);
  std::vector<Named> entries;
  for (const Named& entry : all) {
    std::optional<std::string> common = names.find_common(entry.name);
    if (!common || !has_role(entry, choice.roles)) continue;
    entries.push_back(entry);
    entries.back().common_name = std::move(*common);
  }
  const bool has_some = !all.empty() && choice.roles == CopiedRoles::all;
  if (choice.from_prefix && entries.empty() && has_some)
    throw_unused(concat("--from-prefix ", *choice.from_prefix), all);
  if (const std::vector<std::string> unused = names.unused_maps(); !unused.empty())
    throw_unused(unused.front(), all);
  return entries;
}

std::vector<Named> targets_of(const Checkpoint& target, const CopyChoice& choice,
                              const SourceNames& names) {
  const std::vector<Named> all = match::named_entries(target.tree(), target.root);
  match::Renaming wrappers(wrapper_rules(choice));
  std::vector<Named> entries;
  bool has_prefix = !choice.to_prefix;
  for (const Named& entry : all) {
    // An epoch beside the weights is nothing that load_state_dict would set.
    if (!entry.tensor && !match::is_extra_state(entry.name)) continue;
    std::string common = wrappers.rename(entry.name);
    if (choice.to_prefix && !common.starts_with(*choice.to_prefix)) continue;
    has_prefix = true;
    if (!has_role(entry, choice.roles)) continue;
    entries.push_back(entry);
    entries.back().common_name = std::move(common);
  }
  if (!has_prefix) throw_unused(concat("--to-prefix ", *choice.to_prefix), all);
  if (choice.strips_wrappers && !names.has_used_wrappers() && !wrappers.unused().empty())
    throw Error(ErrorKind::usage, "--strip-wrappers: no name of either side has a wrapper");
  return entries;
}

match::ShapeRule shape_rule(OnMismatch on_mismatch) {
  switch (on_mismatch) {
    case OnMismatch::slice:
      return match::ShapeRule::may_slice;
    case OnMismatch::pad:
      return match::ShapeRule::may_pad;
    case OnMismatch::error:
    case OnMismatch::skip:
      break;
  }
  return match::ShapeRule::equal;
}

}  // namespace

CopyPlan make_copy_plan(const Checkpoint& source, const Checkpoint& target,
                        const CopyChoice& choice) {
  SourceNames names(choice);
  CopyPlan plan;
  plan.sources = within(source.path.string(), [&] { return sources_of(source, choice, names); });
  plan.targets = within(target.path.string(), [&] { return targets_of(target, choice, names); });
  match::PairingOptions options{.shapes = shape_rule(choice.on_mismatch),
                                .source_versions = match::module_versions(
                                    source.tree(), source.root.node, [&](std::string_view name) {
                                      return names.find_common(name).value_or("");
                                    })};
  if (choice.casts) options.can_cast = tensor::can_cast;
  plan.pairing = choice.is_by_order ? match::pair_by_order(plan.sources, plan.targets, options)
                                    : match::pair_by_name(plan.sources, plan.targets, options);
  return plan;
}

}  // namespace ckpt::commands
