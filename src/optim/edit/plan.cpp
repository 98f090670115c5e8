// Planner goes through the slots in order and asks the edit index what becomes of each name. When
// names are undecided, the edit is still possible if all assignments that fit give the same plan.

#include "optim/edit/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "optim/names/names.hpp"

namespace ckpt::optim {

namespace {

constexpr std::string_view leave_out_hint = "--optimizer drop or reset goes on without its states";

class Planner {
 public:
  Planner(const Identified& identified, const std::vector<std::string>& names,
          const EditIndex& index)
      : optimizer_(identified.optimizer),
        resolution_(identified.resolution),
        names_(names),
        index_(index) {
    plan_.groups.resize(optimizer_.groups.size());
  }

  Plan run() {
    for (std::size_t slot = 0; slot < optimizer_.slots.size(); ++slot) place(slot);
    for (const Output* output : index_.added()) add(*output);
    if (optimizer_.form == Form::packed && (index_.reorders() || index_.computes()))
      for (std::size_t g = 0; g < plan_.groups.size(); ++g) order(g);
    return std::move(plan_);
  }

 private:
  std::vector<EntryPlan>& group_of(std::size_t slot) {
    return plan_.groups[optimizer_.slots[slot].group];
  }

  void place(std::size_t slot) {
    const auto name = index_.in_root(resolution_, names_[slot]);
    if (!name) {
      group_of(slot).push_back({.slots = {slot}});
      return;
    }
    bool is_duplicate = false;
    for (const Output* output : index_.outputs_of(*name)) {
      if (output->sources.size() > 1) {
        join(slot, *name, *output);
      } else {
        group_of(slot).push_back({{slot}, output, is_duplicate});
        is_duplicate = true;
      }
    }
  }

  /// Adds a source of an output made from several: the state goes to the position that all sources
  /// share.
  void join(std::size_t slot, const std::string& name, const Output& output) {
    const auto [known, is_new] =
        joined_.try_emplace(&output, optimizer_.slots[slot].group, group_of(slot).size());
    const auto [group, entry] = known->second;
    if (group != optimizer_.slots[slot].group)
      throw Error(ErrorKind::conflict,
                  concat(quote(name), " and others become ", quote(output.name),
                         ", but lie in different groups of the optimizer"),
                  std::string(leave_out_hint));
    if (is_new)
      plan_.groups[group].push_back(
          {std::vector<std::size_t>(output.sources.size(), no_slot), &output});
    for (std::size_t i = 0; i < output.sources.size(); ++i)
      if (output.sources[i] == name) plan_.groups[group][entry].slots[i] = slot;
  }

  /// A new parameter goes to the group of similar parameters; a new buffer gets no entry.
  void add(const Output& output) {
    if (output.name.empty() || is_named_as_buffer(output.name)) return;
    if (plan_.groups.empty()) return;
    std::size_t group = plan_.groups.size() - 1;
    for (std::size_t slot = 0; slot < names_.size(); ++slot)
      if (leaf_of(names_[slot]) == leaf_of(output.name)) group = optimizer_.slots[slot].group;
    plan_.groups[group].push_back({.slots = {}, .output = &output});
    if (plan_.groups.size() > 1)
      plan_.remarks.push_back(
          concat("new parameter ", quote(output.name), " goes to group ", group));
  }

  static bool is_named_as_buffer(std::string_view name) {
    const std::string_view leaf = leaf_of(name);
    return leaf == "running_mean" || leaf == "running_var" || leaf == "num_batches_tracked" ||
           leaf == "position_ids" || leaf == "inv_freq";
  }

  /// +1 when the group lists its members in the order of the model, -1 for the reverse order, else
  /// 0.
  int direction(std::size_t group) const {
    bool ascends = true;
    bool descends = true;
    std::optional<std::size_t> last;
    for (std::size_t slot = 0; slot < optimizer_.slots.size(); ++slot) {
      if (optimizer_.slots[slot].group != group) continue;
      const auto name = index_.in_root(resolution_, names_[slot]);
      if (!name) continue;
      const std::size_t place = index_.old_place(*name);
      ascends = ascends && (!last || *last < place);
      descends = descends && (!last || place < *last);
      last = place;
    }
    return ascends ? 1 : descends ? -1 : 0;
  }

  void order(std::size_t group) {
    std::vector<EntryPlan>& entries = plan_.groups[group];
    const bool is_all_of_root = std::ranges::all_of(
        entries, [](const EntryPlan& entry) { return entry.output != nullptr; });
    const int way = direction(group);
    if (!is_all_of_root || way == 0) {
      plan_.remarks.push_back(concat("group ", group,
                                     " does not list its parameters in the order of the model; "
                                     "their order stays"));
      return;
    }
    std::ranges::stable_sort(entries, [&](const EntryPlan& a, const EntryPlan& b) {
      const std::size_t place_a = index_.new_place(*a.output);
      const std::size_t place_b = index_.new_place(*b.output);
      return way > 0 ? place_a < place_b : place_b < place_a;
    });
  }

  static constexpr std::size_t no_slot = static_cast<std::size_t>(-1);

  const Optimizer& optimizer_;
  const Resolution& resolution_;
  const std::vector<std::string>& names_;
  const EditIndex& index_;
  Plan plan_;
  std::map<const Output*, std::pair<std::size_t, std::size_t>> joined_;  // group, entry
};

bool have_equal_entries(const Plan& a, const Plan& b) {
  const auto is_alike = [](const EntryPlan& x, const EntryPlan& y) {
    const bool is_plain = x.output == nullptr || y.output == nullptr ||
                          (!x.output->operation && !y.output->operation);
    return x.slots == y.slots && (is_plain || x.output == y.output) &&
           (x.output != nullptr && x.output->is_fresh) ==
               (y.output != nullptr && y.output->is_fresh);
  };
  return std::ranges::equal(a.groups, b.groups, [&](const auto& x, const auto& y) {
    return std::ranges::equal(x, y, is_alike);
  });
}

/// The plan that all fitting assignments give; nothing when they give different plans.
std::optional<Plan> plan_of_fits(const Identified& identified, const EditIndex& index) {
  const Resolution& resolution = identified.resolution;
  if (resolution.fits.size() < 2 || resolution.is_guess) return std::nullopt;
  std::optional<Plan> plan;
  for (const Fit& fit : resolution.fits) {
    Plan other = make_plan(identified, fit.names, index);
    if (plan && !have_equal_entries(*plan, other)) return std::nullopt;
    plan = std::move(other);
  }
  return plan;
}

/// Whether the name stays, unchanged and as the only output.
bool stays(const std::optional<std::string>& name, const EditIndex& index) {
  return !name || !index.outputs_of(*name).empty();
}

/// For edits that only drop parameters: the plan, if all assignments agree on which ids are
/// dropped.
std::optional<Plan> plan_of_deals(const Identified& identified, const EditIndex& index) {
  const Resolution& resolution = identified.resolution;
  if (index.computes() || index.reorders() || resolution.can_be.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const std::vector<std::string>& can_be : resolution.can_be) {
    if (can_be.empty()) return std::nullopt;
    const bool first_stays = stays(index.in_root(resolution, can_be.front()), index);
    for (const std::string& name : can_be)
      if (stays(index.in_root(resolution, name), index) != first_stays) return std::nullopt;
    names.push_back(can_be.front());
  }
  return make_plan(identified, names, index);
}

std::vector<std::size_t> undecided_ids(const Resolution& resolution) {
  std::vector<std::size_t> ids;
  for (std::size_t i = 0; i < resolution.can_be.size(); ++i)
    if (resolution.can_be[i].size() > 1) ids.push_back(i);
  return ids;
}

}  // namespace

bool Plan::keeps_every_slot(const Optimizer& optimizer) const {
  std::set<std::size_t> kept;
  for (const auto& group : groups)
    for (const EntryPlan& entry : group) kept.insert(entry.slots.begin(), entry.slots.end());
  return kept.size() == optimizer.slots.size();
}

Plan make_plan(const Identified& identified, const std::vector<std::string>& names,
               const EditIndex& index) {
  return Planner(identified, names, index).run();
}

Plan decide_plan(const Identified& identified, const EditIndex& index, Trust trust) {
  const Resolution& resolution = identified.resolution;
  const bool is_untouched = !index.drops() && !index.computes() && !index.reorders();
  if (is_untouched && !resolution.is_settled())
    return make_plan(identified, std::vector<std::string>(identified.optimizer.slots.size()),
                     index);
  if (!resolution.is_settled()) {
    std::optional<Plan> plan = plan_of_deals(identified, index);
    if (!plan) plan = plan_of_fits(identified, index);
    if (!plan) throw_undecided(identified, "the edit depends on which id is which parameter");
    const std::size_t undecided = undecided_ids(resolution).size();
    if (undecided > 0)
      plan->remarks.push_back(concat(counted(undecided, "id is", "ids are"),
                                     " undecided, but the edit does not depend on ",
                                     undecided == 1 ? "it" : "them"));
    return std::move(*plan);
  }
  if (!is_untouched && trust == Trust::proved && resolution.level == Level::assumed)
    if (std::optional<Plan> plan = plan_of_deals(identified, index)) return std::move(*plan);
  if (!is_untouched) require_settled(identified, trust, "the edit moves its entries");
  Plan plan = make_plan(identified, resolution.names, index);
  if (!is_untouched && resolution.level == Level::assumed)
    plan.remarks.push_back(concat("names of its ids assumed: ", resolution.rule));
  return plan;
}

}  // namespace ckpt::optim
