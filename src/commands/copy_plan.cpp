#include "commands/copy_plan.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rename.hpp"
#include "ckpt/tensor/cast.hpp"
#include "commands/copy_names.hpp"

namespace ckpt::commands {

namespace {

using match::Named;

bool has_role(const Named& entry, CopiedRoles roles) {
  if (roles == CopiedRoles::all) return true;
  return entry.tensor && entry.is_buffer() == (roles == CopiedRoles::buffers);
}

std::vector<Named> sources_of(const Checkpoint& source, const CopyChoice& choice,
                              SourceNames& names) {
  const std::vector<Named> all = match::named_entries(source.tree(), source.root);
  std::vector<Named> entries;
  bool has_selected = false;
  for (const Named& entry : all) {
    if (!names.is_selected(entry.name)) continue;
    has_selected = true;
    std::optional<std::string> common = names.find_common(entry.name);
    if (!common || !has_role(entry, choice.roles)) continue;
    entries.push_back(entry);
    entries.back().common_name = std::move(*common);
  }
  if (has_selected && !names.have_rules()) names.require_prefix(all);
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
                        const CopyChoice& choice, SourceNames& names) {
  CopyPlan plan{.has_rules = names.have_rules()};
  plan.sources = within(source.path.string(), [&] { return sources_of(source, choice, names); });
  for (const Named& entry : plan.sources) plan.origins.push_back(names.origins_of(entry.name));
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
