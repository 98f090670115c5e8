#include "commands/copy_optimizer.hpp"

#include "ckpt/base/text.hpp"
#include "ckpt/optim/merge.hpp"

namespace ckpt::commands {

namespace {

using match::Fit;

std::vector<optim::Transfer> transfers_of(const CopyPlan& plan) {
  std::vector<optim::Transfer> transfers;
  for (const match::Pair& pair : plan.pairing.pairs) {
    if (is_mismatch(pair.fit)) continue;
    transfers.push_back({.from = plan.source_of(pair).name,
                         .to = plan.target_of(pair).name,
                         .is_resized = pair.fit != Fit::same && pair.fit != Fit::cast});
  }
  return transfers;
}

CopiedOptimizer carry_states(Checkpoint& target, const Checkpoint& source, const CopyPlan& plan,
                             const CopyOptimizerOptions& options) {
  const optim::IdentifyOptions names = identify_options(options.naming);
  const bool is_source = options.named_side == NamedSide::source;
  const optim::MergeReport merged = optim::transplant_states(
      target.tree(), target.root, source.tree(), source.root, transfers_of(plan),
      {.target = is_source ? optim::IdentifyOptions{} : names,
       .donor = is_source ? names : optim::IdentifyOptions{},
       .trust = options.naming.is_strict ? optim::Trust::proved : optim::Trust::assumed});
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

}  // namespace

void declare_copy_optimizer(cli::Options& options, CopyOptimizerOptions& optimizer) {
  options.choice("--optimizer", optimizer.treatment,
                 {{"carry", optim::Treatment::carry},
                  {"drop", optim::Treatment::drop},
                  {"reset", optim::Treatment::reset},
                  {"keep", optim::Treatment::keep}},
                 "DST's optimizer: states come along (default), or it goes, starts afresh, stays");
  options.group("which id is which parameter");
  options.choice("--names-of", optimizer.named_side,
                 {{"source", NamedSide::source}, {"target", NamedSide::target}},
                 "whose optimizer the next ones are about (default: source)");
  declare_naming(options, optimizer.naming, ShortNames::order_only);
}

CopiedOptimizer treat_optimizers(Checkpoint& target, const Checkpoint& source, const CopyPlan& plan,
                                 const CopyOptimizerOptions& options) {
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
