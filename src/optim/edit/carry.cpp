// Carries the optimizers of a file along with an edit of its root, in two phases:
//   1. decide a Plan for every optimizer (plan.cpp); refuse when one cannot follow the edit;
//   2. write the plans into the tree (emit.cpp), then schedulers and averages (carry_*.cpp).
// Nothing is changed before everything is decided.

#include "ckpt/optim/carry.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "optim/edit/carry_baggage.hpp"
#include "optim/edit/edit_index.hpp"
#include "optim/edit/emit.hpp"
#include "optim/edit/plan.hpp"
#include "optim/find/slot_numbers.hpp"

namespace ckpt::optim {

using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

std::string place_of(const Optimizer& optimizer) {
  return optimizer.path_text.empty() ? "optimizer"
                                     : concat("optimizer ", quote(optimizer.path_text));
}

[[noreturn]] void throw_not_editable(const Optimizer& optimizer, std::string_view why) {
  throw Error(ErrorKind::conflict, concat(place_of(optimizer), ": ", why),
              "--optimizer drop leaves it out, --optimizer keep leaves it as it is");
}

/// LBFGS has one flat state for all parameters: it stays right only under edits that move no
/// parameter.
bool is_flat(const Optimizer& optimizer) { return optimizer.kind == "LBFGS"; }

void refuse_what_cannot_follow(const Tree& tree, const Optimizer& optimizer, const EditIndex& index,
                               Treatment treatment) {
  const bool moves = index.drops() || index.reorders() || index.computes();
  if (!moves) return;
  if (!optimizer.is_editable())
    throw_not_editable(optimizer, concat("a ", optimizer.problem, " is not edited"));
  if (optimizer.form == Form::flattened && index.computes())
    throw_not_editable(optimizer, "flattened state follows only removals and renamings");
  if (treatment == Treatment::carry && index.computes() && !slot_numbers(tree, optimizer).empty())
    throw_not_editable(optimizer,
                       "its groups keep one number a parameter (NovoGrad), which new and computed "
                       "parameters lack");
}

class Carrier {
 public:
  Carrier(Tree& tree, const ModelView& model, const RootEdit& edit, const CarryOptions& options)
      : tree_(tree), model_(model), edit_(edit), options_(options), index_(model, edit) {}

  CarryReport run() {
    const std::vector<Identified> all = identify(tree_, model_.tree, options_.identify);
    report_.optimizers = all.size();
    // Decide everything before changing anything.
    std::vector<std::optional<Plan>> plans;
    for (const Identified& identified : all) plans.push_back(plan_of(identified));
    if (index_.drops() || index_.reorders() || index_.computes())
      carry_root_lists(tree_, model_, edit_, all, report_);
    baggage_ = find_baggage(tree_);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (plans[i]) apply(all[i], *plans[i], all.size());
    return std::move(report_);
  }

 private:
  std::optional<Plan> plan_of(const Identified& identified) const {
    refuse_what_cannot_follow(tree_, identified.optimizer, index_, options_.treatment);
    if (!identified.optimizer.is_editable()) return std::nullopt;
    return decide_plan(identified, index_, options_.trust);
  }

  void apply(const Identified& identified, const Plan& plan, std::size_t optimizer_count) {
    const Optimizer& optimizer = identified.optimizer;
    const bool loses_flat_state =
        is_flat(optimizer) && (index_.drops() || index_.reorders() || index_.computes());
    const States states = options_.treatment == Treatment::reset || loses_flat_state
                              ? States::fresh
                              : States::carried;
    for (const std::string& remark : plan.remarks)
      report_.remarks.push_back(concat(place_of(optimizer), ": ", remark));
    if (loses_flat_state && options_.treatment == Treatment::carry)
      report_.remarks.push_back(
          concat(place_of(optimizer), ": its one flat state cannot follow, and is dropped"));
    if (!optimizer.orphans.empty())
      report_.remarks.push_back(concat(place_of(optimizer), ": ",
                                       counted(optimizer.orphans.size(), "state"),
                                       " of ids that no group lists dropped"));
    const Emitted emitted = emit(tree_, identified, plan, options_.empty_groups, states);
    carry_schedulers(tree_, baggage_, optimizer, optimizer_count, emitted.kept_groups, report_);
    carry_lists(tree_, baggage_, optimizer, plan, report_);
    report_.kept_entries += emitted.kept_entries;
    report_.dropped_entries +=
        optimizer.slots.size() - std::min(optimizer.slots.size(), emitted.kept_entries);
    report_.has_changed = report_.has_changed || emitted.has_changed;
    const std::size_t lost = optimizer.groups.size() - emitted.kept_groups.size();
    if (lost > 0)
      report_.remarks.push_back(
          concat(place_of(optimizer), ": ", counted(lost, "group"), " left empty and dropped"));
  }

  Tree& tree_;
  const ModelView& model_;
  const RootEdit& edit_;
  const CarryOptions& options_;
  EditIndex index_;
  std::vector<Baggage> baggage_;  // what is beside the optimizers
  CarryReport report_;
};

/// Reports what no longer matches when optimizers are kept as they are.
CarryReport keep_as_is(const Tree& tree, const ModelView& model, const RootEdit& edit) {
  CarryReport report;
  const EditIndex index(model, edit);
  for (const Optimizer& optimizer : find_optimizers(tree)) {
    ++report.optimizers;
    report.kept_entries += optimizer.slots.size();
    if (index.drops())
      report.remarks.push_back(
          concat(place_of(optimizer), ": kept, with states of parameters that are gone"));
    else if (index.reorders())
      report.remarks.push_back(
          concat(place_of(optimizer), ": kept in the old order of the parameters"));
    else if (index.computes())
      report.remarks.push_back(
          concat(place_of(optimizer), ": kept, with states of other shapes than the parameters"));
    else if (!optimizer.own_names.empty())
      report.remarks.push_back(
          concat(place_of(optimizer), ": kept, with the old names of its parameters"));
  }
  return report;
}

}  // namespace

CarryReport carry(Tree& tree, const ModelView& model, const RootEdit& edit,
                  const CarryOptions& options) {
  if (options.identify.at) require_optimizer_at(tree, *options.identify.at);
  switch (options.treatment) {
    case Treatment::keep:
      return keep_as_is(tree, model, edit);
    case Treatment::drop: {
      CarryReport report;
      for (const std::string& path : drop_optimizers(tree))
        report.remarks.push_back(concat("optimizer ", quote(path), " dropped"));
      report.has_changed = !report.remarks.empty();
      return report;
    }
    case Treatment::carry:
    case Treatment::reset:
      break;
  }
  CarryReport report = Carrier(tree, model, edit, options).run();
  if (options.treatment == Treatment::reset && !reset_optimizers(tree).empty())
    report.has_changed = true;
  return report;
}

}  // namespace ckpt::optim
