// The names are in alphabetic order, so the registration order is searched for every set that may
// have been trained (registration_order.hpp).

#include "optim/names/explain_sorted.hpp"

#include <algorithm>
#include <map>

#include "ckpt/base/text.hpp"
#include "optim/names/evidence.hpp"
#include "optim/names/registration_order.hpp"

namespace ckpt::optim {

namespace {

/// The ways in which the names of a sorted file can be distributed over at most two groups.
std::vector<std::vector<int>> group_choices(const Problem& problem) {
  const std::size_t count = problem.candidates.size();
  if (problem.groups.size() == 1) return {std::vector<int>(count, 0)};
  if (problem.groups.size() != 2) return {};
  if (std::ranges::all_of(problem.group_of, [](int group) { return group != any_group; }))
    return {problem.group_of};
  std::vector<int> by_dimension(count);
  std::vector<int> by_name(count);
  for (Index i = 0; i < count; ++i) {
    by_dimension[i] = problem.candidates[i]->shape.size() >= 2 ? 0 : 1;
    by_name[i] = problem.name(i).ends_with("bias") || problem.candidates[i]->is_in_norm ? 1 : 0;
  }
  std::vector<std::vector<int>> choices{by_dimension, by_name};
  for (std::vector<int> reversed : {by_dimension, by_name}) {
    for (int& group : reversed) group = 1 - group;
    choices.push_back(std::move(reversed));
  }
  return choices;
}

struct Sorted {
  std::map<std::vector<std::string>, RegistrationOrder> orders;  // by names, one per id
  bool is_complete = true;
};

void collect_orders(const Problem& problem, const Indices& trained, Sorted& sorted) {
  for (const std::vector<int>& group_of_name : group_choices(problem)) {
    RegistrationOrders orders = find_registration_orders(problem, trained, group_of_name);
    sorted.is_complete = sorted.is_complete && orders.is_complete;
    for (RegistrationOrder& order : orders.found) {
      const auto [known, is_new] = sorted.orders.try_emplace(problem.names(order.names), order);
      if (!is_new) known->second.convention = std::max(known->second.convention, order.convention);
    }
  }
}

std::string child_orders_text(const RegistrationOrder& order) {
  std::string text;
  for (const ChildOrder& choice : order.choices) {
    if (!text.empty()) text += "; ";
    text += concat(choice.module.empty() ? "top" : choice.module, ": ", join(choice.children, " "));
  }
  return text;
}

std::string sorted_rule(const RegistrationOrder& order, std::size_t count) {
  return concat("names are sorted; ", counted(count, "registration order"), " fit",
                count == 1 ? "s" : "", ", ",
                count == 1 ? "" : "this one by convention: ", child_orders_text(order));
}

void settle_sorted(const Problem& problem, const Sorted& sorted, Explanation& explanation) {
  using Named = std::pair<const std::vector<std::string>, RegistrationOrder>;
  std::vector<const Named*> orders;
  for (const Named& order : sorted.orders) orders.push_back(&order);
  if (orders.empty()) return;
  const auto convention = [](const Named* order) { return order->second.convention; };
  std::ranges::stable_sort(orders, std::greater{}, convention);
  const bool leads = orders.size() == 1 || convention(orders[0]) > convention(orders[1]);
  const bool is_sure =
      leads && sorted.is_complete && (orders.size() == 1 || !are_shapes_mute(problem));
  explanation.level = is_sure ? Level::assumed : Level::ambiguous;
  explanation.rule =
      is_sure ? sorted_rule(orders[0]->second, orders.size())
              : concat("names are sorted, and ", orders.size(), " registration orders fit");
  for (const Named* order : orders) {
    explanation.fits.push_back({child_orders_text(order->second), order->first});
    if (is_sure) break;
  }
}

constexpr std::size_t most_ties_to_turn = 3;
constexpr double most_doubt_bits = 20;  // of sets that are tried
enum class SetsOf : std::uint8_t { whole, frozen };

/// The problem with tied parameters under each of their names: a sorted file does not show which of
/// them was registered first.
std::vector<std::vector<Candidate>> candidates_by_tie(const Problem& problem) {
  std::vector<std::vector<Candidate>> variants{{}};
  for (const Candidate* candidate : problem.candidates) variants[0].push_back(*candidate);
  std::size_t turned = 0;
  for (std::size_t i = 0; i < problem.candidates.size() && turned < most_ties_to_turn; ++i) {
    const std::vector<std::string>& aliases = problem.candidates[i]->aliases;
    if (aliases.empty()) continue;
    ++turned;
    const std::size_t count = variants.size();
    for (std::size_t v = 0; v < count; ++v)
      for (const std::string& alias : aliases) {
        variants.push_back(variants[v]);
        variants.back()[i].name = alias;
      }
  }
  return variants;
}

}  // namespace

void explain_sorted(const Problem& problem, const FindClones& find_clones,
                    Explanation& explanation) {
  const std::vector<std::vector<Candidate>> variants = candidates_by_tie(problem);
  for (const SetsOf sets_of : {SetsOf::whole, SetsOf::frozen}) {
    Sorted sorted;
    for (const std::vector<Candidate>& candidates : variants) {
      Problem variant = problem;
      for (std::size_t i = 0; i < candidates.size(); ++i) variant.candidates[i] = &candidates[i];
      const std::vector<TrainableSet> sets = sets_of == SetsOf::whole
                                                 ? whole_sets(variant, find_clones)
                                                 : frozen_sets(variant, name_parts(variant));
      for (const TrainableSet& set : sets)
        if (set.doubt_bits < most_doubt_bits) collect_orders(variant, set.names, sorted);
    }
    settle_sorted(problem, sorted, explanation);
    if (explanation.level != Level::none) return;
  }
}

}  // namespace ckpt::optim
