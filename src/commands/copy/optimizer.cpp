#include "commands/copy/optimizer.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/optim/merge.hpp"
#include "ckpt/optim/write_names.hpp"

namespace ckpt::commands {

namespace {

optim::Trust trust_of(const CopyOptimizerOptions& options) {
  return options.naming.is_strict ? optim::Trust::proved : optim::Trust::assumed;
}

constexpr std::string_view without_states =
    "--optimizer keep, drop or reset goes on without the states";

/// The options about ids concern one side; for the other side --names-of must be given.
optim::TransplantSide side_of(const Checkpoint& checkpoint, NamedSide side,
                              const CopyOptimizerOptions& options) {
  optim::TransplantSide named{.file = checkpoint.path.string(),
                              .settling = {.otherwise = std::string(without_states)}};
  if (side == options.named_side) {
    const bool is_source = side == NamedSide::source;
    named.identify = identify_options(options.naming);
    named.hint = concat("options about ids are about ", is_source ? "SRC" : "DST", "; --names-of ",
                        is_source ? "target makes them about DST" : "source makes them about SRC");
  } else {
    named.settling.how = concat("decided by --names-of ",
                                side == NamedSide::source ? "source" : "target", " and one of");
  }
  return named;
}

CopiedOptimizer carry_states(Checkpoint& target, const Checkpoint& source, const CopyPlan& plan,
                             const CopyOptimizerOptions& options) {
  optim::TransplantSide from = side_of(source, NamedSide::source, options);
  // With rules, the options for the source referred to its old names; the names were written into
  // it.
  if (plan.has_rules) from.identify = {.at = from.identify.at};
  const optim::MergeReport merged = optim::transplant_states(
      target.tree(), target.root, source.tree(), source.root, edit::transfers_of(plan),
      {.unmapped = options.unmapped,
       .target = side_of(target, NamedSide::target, options),
       .source = std::move(from),
       .trust = trust_of(options)});
  return {merged.taken, merged.fresh, merged.remarks};
}

CopiedOptimizer keep_states(const Checkpoint& target) {
  CopiedOptimizer kept;
  for (const optim::Optimizer& optimizer : optim::find_optimizers(target.tree()))
    kept.remarks.push_back(concat("optimizer ", quote(optimizer.path_text),
                                  ": kept, with the states of the values that were there before"));
  return kept;
}

std::vector<std::string> each_told(const std::vector<std::string>& paths, std::string_view what) {
  std::vector<std::string> remarks;
  for (const std::string& path : paths)
    remarks.push_back(concat("optimizer ", quote(path), ' ', what));
  return remarks;
}

/// Writes settled names into the source, because after an edit its shapes alone may say less.
void write_settled_names(Checkpoint& source, const CopyOptimizerOptions& options) {
  const bool is_source = options.named_side == NamedSide::source;
  std::vector<optim::Identified> all =
      optim::identify(source.tree(), source.tree(),
                      is_source ? identify_options(options.naming) : optim::IdentifyOptions{});
  const optim::Level least_sure =
      trust_of(options) == optim::Trust::proved ? optim::Level::proved : optim::Level::assumed;
  std::erase_if(all, [&](const optim::Identified& identified) {
    return identified.resolution.level > least_sure;
  });
  optim::write_names(source.tree(), all);
}

}  // namespace

SourceStates::SourceStates(Checkpoint& source, const Checkpoint& target,
                           const CopyOptimizerOptions& options)
    : source_(source),
      are_carried_(options.treatment == optim::Treatment::carry &&
                   !optim::find_optimizers(target.tree()).empty()),
      trust_(trust_of(options)) {
  if (are_carried_) write_settled_names(source, options);
}

void SourceStates::apply(const edit::RootEdit& edit) const {
  edit::apply(source_.tree(), source_.root, edit,
              {.carry = {.empty_groups = optim::EmptyGroups::keep, .trust = trust_},
               .followers = are_carried_ ? edit::Followers::edited : edit::Followers::left});
}

void declare_copy_optimizer(cli::Options& options, CopyOptimizerOptions& optimizer) {
  options.choice("--optimizer", optimizer.treatment,
                 {{"carry", optim::Treatment::carry},
                  {"drop", optim::Treatment::drop},
                  {"reset", optim::Treatment::reset},
                  {"keep", optim::Treatment::keep}},
                 "DST's optimizer: states come along (default), or it goes, starts afresh, stays");
  options.choice("--state", optimizer.unmapped,
                 {{"keep", optim::Unmapped::keep}, {"fresh", optim::Unmapped::fresh}},
                 "states of what gets nothing: stay (default), or start afresh, where DST was "
                 "saved after a step for its shapes");
  options.group("which id is which parameter");
  options.choice("--names-of", optimizer.named_side,
                 {{"source", NamedSide::source}, {"target", NamedSide::target}},
                 "whose optimizer the next ones are about (default: source)");
  declare_naming(options, optimizer.naming, ShortNames::order_only);
}

CopiedOptimizer treat_optimizers(Checkpoint& target, const Checkpoint& source, const CopyPlan& plan,
                                 const CopyOptimizerOptions& options) {
  if (options.naming.at) {
    const Checkpoint& named = options.named_side == NamedSide::source ? source : target;
    within(named.path.string(),
           [&] { optim::require_optimizer_at(named.tree(), *options.naming.at); });
  }
  switch (options.treatment) {
    case optim::Treatment::carry:
      return carry_states(target, source, plan, options);
    case optim::Treatment::drop:
      return {.remarks = each_told(optim::drop_optimizers(target.tree()), "dropped")};
    case optim::Treatment::reset:
      return {.remarks = each_told(optim::reset_optimizers(target.tree()), "starts afresh")};
    case optim::Treatment::keep:
      break;
  }
  return keep_states(target);
}

}  // namespace ckpt::commands
