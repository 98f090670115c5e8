// A list of averages belongs to an optimizer when it has one tensor per id; master weights are
// lists with one tensor per entry of a group.

#include "optim/edit/carry_baggage.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "optim/find/path_words.hpp"
#include "optim/find/scheduler_lists.hpp"

namespace ckpt::optim {

using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

/// The list in the order of the plan; nothing when the edit computes an entry from several.
std::optional<std::vector<NodeId>> aligned(const Tree& tree, NodeId list, std::size_t first_slot,
                                           const std::vector<const EntryPlan*>& entries) {
  std::vector<NodeId> items;
  const auto before = tree.items(list);
  for (const EntryPlan* entry : entries) {
    const bool is_plain = entry->slots.size() == 1 && !entry->is_duplicate &&
                          (entry->output == nullptr || !entry->output->operation);
    if (!is_plain) return std::nullopt;
    items.push_back(before[entry->slots.front() - first_slot]);
  }
  return items;
}

[[noreturn]] void throw_not_aligned(const Baggage& baggage) {
  throw Error(
      ErrorKind::conflict,
      concat(quote(baggage.path), " holds tensors by position, which cannot follow this edit"),
      "drop it first, with filter --drop");
}

void carry_list(Tree& tree, const Baggage& baggage, NodeId list, std::size_t first_slot,
                const std::vector<const EntryPlan*>& entries, CarryReport& report) {
  const auto items = aligned(tree, list, first_slot, entries);
  if (!items) throw_not_aligned(baggage);
  if (std::ranges::equal(*items, tree.items(list))) return;
  tree.set_items(list, *items);
  report.has_changed = true;
}

std::vector<const EntryPlan*> entries_of(const std::vector<EntryPlan>& group) {
  std::vector<const EntryPlan*> entries;
  for (const EntryPlan& entry : group) entries.push_back(&entry);
  return entries;
}

void carry_master_weights(Tree& tree, const Optimizer& optimizer, const Plan& plan,
                          const Baggage& baggage, CarryReport& report) {
  const std::vector<NodeId> lists = model::copy_items(tree, baggage.node);
  if (lists.size() != optimizer.groups.size()) return;
  for (std::size_t g = 0; g < lists.size(); ++g) {
    const Group& group = optimizer.groups[g];
    const bool is_aligned = (tree.is(lists[g], Kind::list) || tree.is(lists[g], Kind::tuple)) &&
                            tree.items(lists[g]).size() == group.slot_count;
    if (is_aligned)
      carry_list(tree, baggage, lists[g], group.first_slot, entries_of(plan.groups[g]), report);
  }
}

}  // namespace

void carry_schedulers(Tree& tree, const std::vector<Baggage>& baggage, const Optimizer& optimizer,
                      std::size_t optimizer_count, const std::vector<std::size_t>& kept_groups,
                      CarryReport& report) {
  const std::size_t before = optimizer.groups.size();
  if (kept_groups.size() == before) return;
  for (const Baggage& scheduler : baggage) {
    if (scheduler.kind != BaggageKind::scheduler ||
        scheduler_group_count(tree, scheduler.node) != before)
      continue;
    if (optimizer_count > 1 && words_in_common(scheduler.path, optimizer.path_text) == 0) continue;
    cut_scheduler(tree, scheduler.node, before, kept_groups);
    report.remarks.push_back(concat("scheduler ", quote(scheduler.path), ": cut to ",
                                    counted(kept_groups.size(), "group")));
  }
}

void carry_lists(Tree& tree, const std::vector<Baggage>& baggage, const Optimizer& optimizer,
                 const Plan& plan, CarryReport& report) {
  std::vector<const EntryPlan*> all;
  for (const std::vector<EntryPlan>& group : plan.groups)
    for (const EntryPlan& entry : group) all.push_back(&entry);
  for (const Baggage& one : baggage) {
    if (one.kind == BaggageKind::average_by_list &&
        tree.items(one.node).size() == optimizer.slots.size())
      carry_list(tree, one, one.node, 0, all, report);
    if (one.kind == BaggageKind::master_weights)
      carry_master_weights(tree, optimizer, plan, one, report);
  }
}

}  // namespace ckpt::optim
