#include "optim/explain.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ckpt/base/text.hpp"
#include "optim/deals.hpp"
#include "optim/layouts.hpp"
#include "optim/registration_order.hpp"
#include "optim/trainable_sets.hpp"

namespace ckpt::optim {

namespace {

std::vector<std::string> names_of(const Problem& problem, const Indices& indices) {
  std::vector<std::string> names;
  names.reserve(indices.size());
  for (const Index i : indices) names.push_back(problem.name(i));
  return names;
}

/// Whether shapes could not have excluded anything: then a rule rests on counts alone.
bool are_shapes_mute(const Problem& problem) {
  const std::set<int> shapes(problem.shape_of.begin(), problem.shape_of.end());
  const std::vector<int> wanted = problem.flat();
  return shapes.size() <= 1 ||
         std::ranges::all_of(wanted, [](int shape) { return shape == any_shape; });
}

FindClones clones_of(const CloneFinder& find_clones) {
  if (!find_clones) return {};
  return [find_clones](const Problem& problem) { return find_clones(problem.candidates); };
}

/// Fits by assignment, in the order in which rules found them.
class Fits {
 public:
  explicit Fits(const Problem& problem) : problem_(problem) {}

  void add(const Indices& names, std::string rule) {
    if (!known_.insert(names).second) return;
    fits_.push_back({std::move(rule), names_of(problem_, names)});
  }
  bool is_empty() const { return fits_.empty(); }
  std::vector<Fit> take() { return std::move(fits_); }

 private:
  const Problem& problem_;
  std::set<Indices> known_;
  std::vector<Fit> fits_;
};

void settle(Explanation& explanation, std::vector<Fit> fits, bool is_weak) {
  explanation.level = fits.size() == 1 && !is_weak ? Level::assumed : Level::ambiguous;
  explanation.rule =
      fits.size() == 1 ? fits.front().rule : concat(counted(fits.size(), "rule"), " fit");
  explanation.fits = std::move(fits);
}

void explain_by_rules(const Problem& problem, const FindClones& find_clones,
                      Explanation& explanation) {
  for (int tier = 1; tier <= last_tier; ++tier) {
    Fits fits(problem);
    for (const TrainableSet& set : trainable_sets(problem, tier, find_clones))
      for (const FittingLayout& layout : fitting_layouts(problem, set.names))
        fits.add(layout.names, concat(set.text, "; ", layout.text));
    if (!fits.is_empty()) return settle(explanation, fits.take(), are_shapes_mute(problem));
  }
}

/// The ways in which a sorted file's names can be spread over at most two groups.
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
  std::map<std::vector<std::string>, RegistrationOrder> orders;  // by names, one an id
  bool is_complete = true;
};

void collect_orders(const Problem& problem, const Indices& trained, Sorted& sorted) {
  for (const std::vector<int>& group_of_name : group_choices(problem)) {
    RegistrationOrders orders = find_registration_orders(problem, trained, group_of_name);
    sorted.is_complete = sorted.is_complete && orders.is_complete;
    for (RegistrationOrder& order : orders.found) {
      const auto [known, is_new] = sorted.orders.try_emplace(names_of(problem, order.names), order);
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

/// The problem with tied parameters under each of their names: in a sorted file it cannot be seen
/// which of them was registered first.
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

void explain_sorted(const Problem& problem, const FindClones& find_clones,
                    Explanation& explanation) {
  const std::vector<std::vector<Candidate>> variants = candidates_by_tie(problem);
  for (int tier = 1; tier <= 3 && explanation.level == Level::none; ++tier) {
    Sorted sorted;
    for (const std::vector<Candidate>& candidates : variants) {
      Problem variant = problem;
      for (std::size_t i = 0; i < candidates.size(); ++i) variant.candidates[i] = &candidates[i];
      for (const TrainableSet& set : trainable_sets(variant, tier, find_clones))
        collect_orders(variant, set.names, sorted);
    }
    settle_sorted(problem, sorted, explanation);
  }
}

void take_possible_names(const Problem& problem, const std::vector<Indices>& can_be,
                         Explanation& explanation) {
  for (const Indices& names : can_be) explanation.can_be.push_back(names_of(problem, names));
}

std::vector<std::string> the_only_names(const Explanation& explanation) {
  std::vector<std::string> names;
  for (const auto& can_be : explanation.can_be) names.push_back(can_be.front());
  return names;
}

void explain_ordered(const Problem& problem, const FindClones& find_clones,
                     Explanation& explanation) {
  const std::optional<Deals> deals = count_deals(problem);
  if (deals) explanation.deals = deals->count;
  take_possible_names(problem, deals ? deals->can_be : names_by_shape(problem), explanation);
  if (deals && deals->count == 1) {
    explanation.level = Level::proved;
    explanation.rule = "one assignment fits";
    explanation.fits.push_back({explanation.rule, the_only_names(explanation)});
    return;
  }
  explain_by_rules(problem, find_clones, explanation);
  const bool fits_somehow = deals ? deals->count > 1 : !explanation.can_be.empty();
  if (explanation.level == Level::none && fits_somehow) {
    explanation.level = Level::ambiguous;
    explanation.rule = "no rule explains which parameters have ids";
  }
}

}  // namespace

Explanation explain(const Problem& problem, ModuleOrder order, const CloneFinder& find_clones) {
  const FindClones clones = clones_of(find_clones);
  Explanation explanation;
  const NameOrder names =
      order == ModuleOrder::known ? NameOrder::as_registered : name_order(problem);
  if (names != NameOrder::as_registered) explain_sorted(problem, clones, explanation);
  if (names == NameOrder::sorted || explanation.level != Level::none) return explanation;
  explain_ordered(problem, clones, explanation);
  return explanation;
}

}  // namespace ckpt::optim
