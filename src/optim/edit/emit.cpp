// Builds the new groups from the plan, numbers their entries, and writes the states under the new
// ids.

#include "optim/edit/emit.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "optim/find/forms.hpp"
#include "optim/find/slot_numbers.hpp"
#include "optim/find/states.hpp"
#include "optim/find/wrappers.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

constexpr std::size_t no_index = std::numeric_limits<std::size_t>::max();

/// An entry of the optimizer after the edit.
struct NewEntry {
  NodeId id = no_node;
  NodeId state = no_node;
  std::size_t old_slot = no_index;  ///< the slot whose id it takes
  std::string name;                 ///< in an optimizer that holds names
};

class Emitter {
 public:
  Emitter(Tree& tree, const Identified& identified, const Plan& plan, EmptyGroups empty_groups,
          States states)
      : tree_(tree),
        optimizer_(identified.optimizer),
        resolution_(identified.resolution),
        plan_(plan),
        empty_groups_(empty_groups),
        states_(states),
        numbers_(states == States::carried ? slot_numbers(tree, optimizer_) : SlotNumbers{}) {}

  Emitted run() {
    make_entries();
    result_.has_changed = is_changed();
    choose_groups();
    if (!result_.has_changed) return std::move(result_);
    if (optimizer_.form == Form::flattened) {
      write_flattened();
    } else {
      write_groups();
      write_state();
    }
    return std::move(result_);
  }

 private:
  bool holds_names() const { return !optimizer_.own_names.empty(); }

  void make_entries() {
    entries_.resize(plan_.groups.size());
    for (std::size_t g = 0; g < plan_.groups.size(); ++g)
      for (const EntryPlan& planned : plan_.groups[g]) {
        entries_[g].push_back(make_entry(planned));
        ++result_.kept_entries;
      }
    number_entries();
  }

  NewEntry make_entry(const EntryPlan& planned) {
    NewEntry entry;
    if (!planned.slots.empty() && planned.slots.front() != no_index && !planned.is_duplicate)
      entry.old_slot = planned.slots.front();
    entry.state = state_of(planned);
    if (holds_names()) entry.name = name_of(planned);
    return entry;
  }

  NodeId state_of(const EntryPlan& planned) {
    const bool is_fresh = states_ == States::fresh || planned.slots.empty() ||
                          (planned.output != nullptr && planned.output->is_fresh);
    if (is_fresh) return no_node;
    if (planned.output != nullptr && planned.output->operation)
      return combine_states(tree_, optimizer_, planned.slots, *planned.output);
    const NodeId state = optimizer_.slots[planned.slots.front()].state;
    if (!is_real_state(tree_, state)) return no_node;
    // Optimizers update states in place: two entries with one storage would be updated twice.
    return planned.is_duplicate ? model::deep_copy(tree_, state) : state;
  }

  /// The new name, without the wrapper prefixes that the optimizer's names did not have before.
  std::string name_of(const EntryPlan& planned) const {
    if (planned.slots.empty() || planned.slots.front() == no_index) return planned.output->name;
    const std::size_t slot = planned.slots.front();
    const std::string& own = optimizer_.own_names[slot];
    if (planned.output == nullptr) return own;
    if (own == resolution_.names[slot]) return planned.output->name;
    // For a parameter with two names the file may use either; without a renaming its name stays.
    if (planned.output->name == resolution_.names[slot]) return own;
    return without_wrappers(planned.output->name);
  }

  bool has_counted_ids() const {
    for (std::size_t i = 0; i < optimizer_.slots.size(); ++i) {
      const NodeId id = optimizer_.slots[i].id;
      if (!tree_.is(id, Kind::integer) || tree_.integer(id) != static_cast<std::int64_t>(i))
        return false;
    }
    return true;
  }

  void number_entries() {
    if (optimizer_.form == Form::flattened) return;
    const bool counts = optimizer_.form == Form::packed && has_counted_ids();
    std::int64_t next = 0;
    std::int64_t largest = 0;
    for (const Slot& slot : optimizer_.slots)
      if (tree_.is(slot.id, Kind::integer)) largest = std::max(largest, tree_.integer(slot.id));
    for (std::vector<NewEntry>& group : entries_)
      for (NewEntry& entry : group) {
        if (optimizer_.form != Form::packed)
          entry.id = named_id(entry);
        else if (counts)
          entry.id = counted_id(next++);
        else
          entry.id = entry.old_slot == no_index ? tree_.add_integer(++largest)
                                                : optimizer_.slots[entry.old_slot].id;
      }
  }

  NodeId counted_id(std::int64_t number) {
    const auto index = static_cast<std::size_t>(number);
    return index < optimizer_.slots.size() ? optimizer_.slots[index].id : tree_.add_integer(number);
  }

  NodeId named_id(const NewEntry& entry) {
    const bool is_same =
        entry.old_slot != no_index && optimizer_.slots[entry.old_slot].label == entry.name;
    return is_same ? optimizer_.slots[entry.old_slot].id : tree_.add_text(entry.name);
  }

  bool is_changed() const {
    if (!optimizer_.orphans.empty()) return true;
    std::size_t slot = 0;
    for (const std::vector<NewEntry>& group : entries_)
      for (const NewEntry& entry : group) {
        if (entry.old_slot != slot) return true;
        const NodeId before = optimizer_.slots[slot].state;
        if (entry.state != before) return true;
        if (holds_names() && entry.name != optimizer_.own_names[slot]) return true;
        ++slot;
      }
    return slot != optimizer_.slots.size();
  }

  void choose_groups() {
    for (std::size_t g = 0; g < entries_.size(); ++g) {
      const bool became_empty = entries_[g].empty() && optimizer_.groups[g].slot_count > 0;
      if (!became_empty || empty_groups_ == EmptyGroups::keep) result_.kept_groups.push_back(g);
    }
  }

  void write_groups() {
    const NodeId groups = tree_.find(optimizer_.node, "param_groups");
    if (groups == no_node) return;
    std::vector<NodeId> kept;
    for (const std::size_t g : result_.kept_groups) {
      write_group(g);
      kept.push_back(optimizer_.groups[g].node);
    }
    tree_.set_items(groups, kept);
  }

  void write_group(std::size_t g) {
    const Group& group = optimizer_.groups[g];
    std::vector<NodeId> ids;
    for (const NewEntry& entry : entries_[g]) ids.push_back(entry.id);
    tree_.set_items(group.params, ids);
    write_numbers(g);
    const NodeId names = tree_.find(group.node, "param_names");
    if (names == no_node || !holds_names()) return;
    const std::vector<NodeId> old = model::copy_items(tree_, names);
    std::vector<NodeId> items;
    for (const NewEntry& entry : entries_[g]) items.push_back(name_node(entry, group, old));
    tree_.set_items(names, items);
  }

  void write_numbers(std::size_t g) {
    if (numbers_.empty()) return;
    SlotNumbers kept;
    for (std::size_t i = 0; i < entries_[g].size(); ++i) {
      const std::vector<std::size_t>& slots = plan_.groups[g][i].slots;
      const bool has_state = entries_[g][i].state != no_node && !slots.empty();
      kept.push_back(has_state ? numbers_[slots.front()] : std::nullopt);
    }
    set_slot_numbers(tree_, optimizer_.groups[g].node, kept);
  }

  NodeId name_node(const NewEntry& entry, const Group& group, const std::vector<NodeId>& old) {
    if (entry.old_slot != no_index && entry.old_slot >= group.first_slot) {
      const std::size_t index = entry.old_slot - group.first_slot;
      if (index < old.size() && tree_.is_text(old[index], entry.name)) return old[index];
    }
    return tree_.add_text(entry.name);
  }

  /// In file order, unless that was the order of the ids: then in the new order of ids.
  void write_state() {
    const NodeId state = tree_.find(optimizer_.node, "state");
    std::unordered_map<NodeId, std::size_t> place;  // of a state in the file
    for (const Entry& entry : tree_.entries(state)) place.try_emplace(entry.value, place.size());
    std::vector<std::pair<std::size_t, Entry>> written;
    bool was_in_id_order = true;
    std::size_t last = 0;
    for (const Slot& slot : optimizer_.slots) {
      if (slot.state == no_node) continue;
      was_in_id_order = was_in_id_order && place.at(slot.state) >= last;
      last = place.at(slot.state);
    }
    for (const std::vector<NewEntry>& group : entries_)
      for (const NewEntry& entry : group) {
        if (entry.state == no_node) continue;
        const auto old = place.find(entry.state);
        const std::size_t at = old == place.end() ? no_index : old->second;
        written.push_back({was_in_id_order ? written.size() : at, {entry.id, entry.state}});
      }
    std::ranges::stable_sort(written, {}, [](const auto& one) { return one.first; });
    std::vector<Entry> entries;
    for (const auto& [at, entry] : written) entries.push_back(entry);
    tree_.set_entries(state, entries);
  }

  void write_flattened();

  Tree& tree_;
  const Optimizer& optimizer_;
  const Resolution& resolution_;
  const Plan& plan_;
  EmptyGroups empty_groups_;
  States states_;
  SlotNumbers numbers_;                         // by slot, when groups keep such numbers
  std::vector<std::vector<NewEntry>> entries_;  // by group
  Emitted result_;
};

/// For keys state.NAME.KEY and param_groups.NAME.KEY: renames them, or drops those of dropped
/// parameters.
void Emitter::write_flattened() {
  std::unordered_map<std::string, std::vector<const NewEntry*>> by_old_name;
  for (const NewEntry& entry : entries_.front())
    if (entry.old_slot != no_index)
      by_old_name[optimizer_.slots[entry.old_slot].label].push_back(&entry);
  std::vector<Entry> written;
  const std::vector<Entry> before = model::copy_entries(tree_, optimizer_.node);
  for (const Entry& entry : before) {
    const FlatKey key = *parse_flat_key(tree_.text(entry.key));
    const auto found = by_old_name.find(std::string(key.name));
    if (found == by_old_name.end()) continue;
    if (key.is_state && states_ == States::fresh) continue;
    const std::string& name = found->second.front()->name;
    const bool is_same = name == key.name;
    const std::string text = concat(key.is_state ? "state." : "param_groups.", name, '.', key.key);
    written.push_back({is_same ? entry.key : tree_.add_text(text), entry.value});
  }
  tree_.set_entries(optimizer_.node, written);
}

}  // namespace

Emitted emit(Tree& tree, const Identified& identified, const Plan& plan, EmptyGroups empty_groups,
             States states) {
  return Emitter(tree, identified, plan, empty_groups, states).run();
}

}  // namespace ckpt::optim
