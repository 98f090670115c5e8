#include "ckpt/edit/copy.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rename.hpp"
#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "ckpt/tensor/cast.hpp"

namespace ckpt::edit {

namespace {

using match::Named;

bool has_role(const Named& entry, CopiedRoles roles) {
  if (roles == CopiedRoles::all) return true;
  return entry.is_listed || (entry.tensor && entry.is_buffer() == (roles == CopiedRoles::buffers));
}

/// Optimizers, schedulers, scalers and averages inside a state dict are not entries of it: copy
/// treats optimizers by name and leaves the others in DST unchanged.
class TrainingState {
 public:
  explicit TrainingState(const CopySide& side) : root_(side.root.path) {
    const model::Tree& tree = side.tree;
    for (const optim::Optimizer& optimizer : optim::find_optimizers(tree)) note(optimizer.place);
    is_root_.clear();  // those were places of optimizers
    for (const optim::Baggage& baggage : optim::find_baggage(tree)) note(baggage.place);
  }

  /// Whether an entry of the root is one of these or contains one.
  bool is_held_by(const Named& entry) const { return !entry.tensor && keys_.contains(entry.key); }

 private:
  void note(const model::TreePlace& place) {
    const model::Places& places = *place.places;
    if (places.depth(place.id) <= root_.size()) return;
    const model::PlaceId entry = places.ancestor(place.id, root_.size() + 1);
    const model::PlaceId above = places.above(entry);
    const auto [known, is_new] = is_root_.try_emplace(above, false);
    if (is_new) known->second = places.is_at(above, root_);
    if (known->second) keys_.insert(places.step(entry).key);
  }

  const model::KeyPath& root_;
  std::unordered_map<model::PlaceId, bool> is_root_;
  std::unordered_set<model::NodeId> keys_;  // of the entries of the root
};

std::vector<Named> sources_of(const CopySide& source, const CopyChoice& choice,
                              SourceNames& names) {
  const std::vector<Named> all = match::named_entries(source.tree, source.root);
  std::vector<Named> entries;
  for (const Named& entry : all) {
    std::optional<std::string> common = names.find_common(entry.name);
    if (!common || !names.is_selected(entry.name, *common) || !has_role(entry, choice.roles))
      continue;
    entries.push_back(entry);
    entries.back().common_name = std::move(*common);
  }
  if (!names.have_rules()) names.require_prefix(all);
  if (const std::vector<std::string> unused = names.unused_maps(); !unused.empty())
    throw_unused(unused.front(), all);
  names.require_patterns(all);
  return entries;
}

struct Targets {
  std::vector<Named> entries;
  std::unordered_set<std::string> left;  ///< common names of training state in DST's state dict
};

Targets targets_of(const CopySide& target, const CopyChoice& choice, const SourceNames& names) {
  const std::vector<Named> all = match::named_entries(target.tree, target.root);
  match::Renaming wrappers(wrapper_rules(choice));
  const TrainingState training(target);
  Targets targets;
  bool has_prefix = !choice.to_prefix;
  for (const Named& entry : all) {
    std::string common = wrappers.rename(entry.name);
    if (choice.to_prefix && !common.starts_with(*choice.to_prefix)) continue;
    has_prefix = true;
    if (!has_role(entry, choice.roles)) continue;
    if (training.is_held_by(entry)) {
      targets.left.insert(std::move(common));
      continue;
    }
    targets.entries.push_back(entry);
    targets.entries.back().common_name = std::move(common);
  }
  if (!has_prefix) throw_unused(concat("--to-prefix ", *choice.to_prefix), all);
  if (choice.strips_wrappers && !names.has_used_wrappers() && !wrappers.unused().empty())
    throw Error(ErrorKind::usage, "--strip-wrappers: no name of either side has a wrapper");
  return targets;
}

/// What SRC holds of the training state of its own that DST has too.
void leave_training_state(const CopySide& source, const std::unordered_set<std::string>& left,
                          std::vector<Named>& entries) {
  if (left.empty()) return;
  const TrainingState training(source);
  std::erase_if(entries, [&](const Named& entry) {
    return left.contains(entry.common_name) && training.is_held_by(entry);
  });
}

/// Of all entries of SRC, those that --keep, --drop and --what leave out too.
std::unordered_set<std::string> common_names(const CopySide& source, const SourceNames& names) {
  std::unordered_set<std::string> common;
  for (const Named& entry : match::named_entries(source.tree, source.root))
    if (std::optional<std::string> name = names.common_name_of(entry.name))
      common.insert(std::move(*name));
  return common;
}

/// Keys that SRC has, but that an option leaves out, do not count as missing.
void tell_left_out(CopyPlan& plan, const std::unordered_set<std::string>& in_source) {
  std::erase_if(plan.pairing.missing, [&](std::size_t index) {
    const bool is_left_out = in_source.contains(plan.targets[index].common_name);
    if (is_left_out) plan.left_out.push_back(index);
    return is_left_out;
  });
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

CopyPlan make_copy_plan(const CopySide& source, const CopySide& target, const CopyChoice& choice,
                        SourceNames& names) {
  CopyPlan plan{.has_rules = names.have_rules()};
  plan.sources = within(source.path, [&] { return sources_of(source, choice, names); });
  Targets targets = within(target.path, [&] { return targets_of(target, choice, names); });
  plan.targets = std::move(targets.entries);
  leave_training_state(source, targets.left, plan.sources);
  for (const Named& entry : plan.sources) plan.origins.push_back(names.origins_of(entry.name));
  match::PairingOptions options{.shapes = shape_rule(choice.on_mismatch),
                                .source_versions = match::module_versions(
                                    source.tree, source.root.node, [&](std::string_view name) {
                                      return names.find_common(name).value_or("");
                                    })};
  options.source_place = source.place;
  options.target_place = target.place;
  if (choice.casts) options.can_cast = tensor::can_cast;
  plan.pairing = choice.is_by_order ? match::pair_by_order(plan.sources, plan.targets, options)
                                    : match::pair_by_name(plan.sources, plan.targets, options);
  tell_left_out(plan, common_names(source, names));
  return plan;
}

CopyCounts count_copied(const CopyPlan& plan) {
  CopyCounts counts{.left_out = plan.left_out.size()};
  for (const match::Pair& pair : plan.pairing.pairs) {
    const Named& source = plan.source_of(pair);
    if (is_mismatch(pair.fit)) {
      ++counts.mismatched;
      continue;
    }
    if (!source.tensor) {
      ++counts.values;
      continue;
    }
    ++counts.copied;
    if (plan.target_of(pair).is_buffer()) ++counts.buffers;
    if (source.tensor->dtype != plan.target_of(pair).tensor->dtype) ++counts.cast;
    if (pair.fit == match::Fit::slice) ++counts.sliced;
    if (pair.fit == match::Fit::pad) ++counts.padded;
  }
  return counts;
}

std::vector<optim::Transfer> transfers_of(const CopyPlan& plan) {
  std::vector<optim::Transfer> transfers;
  for (const match::Pair& pair : plan.pairing.pairs) {
    if (is_mismatch(pair.fit)) continue;
    transfers.push_back(
        {.from = plan.source_of(pair).name,
         .to = plan.target_of(pair).name,
         .is_resized = pair.fit != match::Fit::same && pair.fit != match::Fit::cast});
  }
  return transfers;
}

}  // namespace ckpt::edit
