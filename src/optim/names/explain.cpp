// Counts all deals first: none means that nothing fits, one is a proof. With several, rules decide:
// sets in which every parameter is trained first, and sets with frozen parameters only if none of
// those fits. The fit with the least doubt is taken, unless another one is as good.

#include "optim/names/explain.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ckpt/base/text.hpp"
#include "optim/names/deals.hpp"
#include "optim/names/evidence.hpp"
#include "optim/names/explain_sorted.hpp"
#include "optim/names/layouts.hpp"
#include "optim/names/name_order.hpp"
#include "optim/names/trainable_sets.hpp"

namespace ckpt::optim {

namespace {

FindClones clones_of(const CloneFinder& find_clones) {
  if (!find_clones) return {};
  return [find_clones](const Problem& problem) { return find_clones(problem.candidates); };
}

/// Fitting assignments in the order in which rules found them, each with the lowest doubt of the
/// rules that give it.
class Fits {
 public:
  Fits(const Problem& problem, const NameParts& parts) : problem_(problem), parts_(parts) {}

  void add(const std::vector<TrainableSet>& sets) {
    for (const TrainableSet& set : sets)
      for (const FittingLayout& layout : fitting_layouts(problem_, parts_, set.names))
        add(layout.names, concat(set.text, "; ", layout.text), set.doubt_bits);
  }
  bool is_empty() const { return fits_.empty(); }
  double least_doubt_bits() const { return std::ranges::min(doubt_bits_); }
  std::vector<Fit> take() { return std::move(fits_); }

 private:
  void add(const Indices& names, std::string rule, double doubt_bits) {
    const auto [known, is_new] = known_.try_emplace(names, fits_.size());
    if (!is_new) {
      double& known_bits = doubt_bits_[known->second];
      if (doubt_bits < known_bits) fits_[known->second].rule = std::move(rule);
      known_bits = std::min(known_bits, doubt_bits);
      return;
    }
    fits_.push_back({std::move(rule), problem_.names(names)});
    doubt_bits_.push_back(doubt_bits);
  }

  const Problem& problem_;
  const NameParts& parts_;
  std::map<Indices, std::size_t> known_;
  std::vector<Fit> fits_;
  std::vector<double> doubt_bits_;
};

void settle(const Problem& problem, const std::optional<Deals>& deals, Fits fits,
            Explanation& explanation) {
  explanation.is_guess =
      deals && evidence_bits(problem, deals->count_bits) < fits.least_doubt_bits();
  explanation.fits = fits.take();
  const std::size_t count = explanation.fits.size();
  const bool is_sure = count == 1 && !explanation.is_guess && !are_shapes_mute(problem);
  explanation.level = is_sure ? Level::assumed : Level::ambiguous;
  explanation.rule =
      count > 1 ? concat(counted(count, "rule"), " fit") : explanation.fits.front().rule;
  if (count == 1 && !is_sure) explanation.rule += ", but the shapes would let others fit by chance";
}

void explain_by_rules(const Problem& problem, const FindClones& find_clones,
                      const std::optional<Deals>& deals, Explanation& explanation) {
  const NameParts parts = name_parts(problem);
  Fits fits(problem, parts);
  fits.add(whole_sets(problem, find_clones));
  if (fits.is_empty()) fits.add(frozen_sets(problem, parts));
  if (!fits.is_empty()) settle(problem, deals, std::move(fits), explanation);
}

void take_possible_names(const Problem& problem, const std::vector<Indices>& can_be,
                         Explanation& explanation) {
  for (const Indices& names : can_be) explanation.can_be.push_back(problem.names(names));
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
  explain_by_rules(problem, find_clones, deals, explanation);
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
