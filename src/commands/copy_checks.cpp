#include "commands/copy_checks.hpp"

#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/match/prefix_hint.hpp"
#include "commands/copy_report.hpp"
#include "commands/ls_table.hpp"
#include "commands/match_hint.hpp"

namespace ckpt::commands {

namespace {

using match::Fit;
using match::Named;
using match::Pair;

std::string described(const Named& entry) {
  if (!entry.tensor) return "no tensor";
  return concat(model::row_of(entry.tensor->dtype).short_name, ' ', shape_cell(*entry.tensor));
}

std::string help_for(const Pair& first, const CopyChoice& choice) {
  constexpr std::string_view skip = "--on-mismatch skip leaves what DST has";
  if (first.fit == Fit::other_dtype && !choice.casts)
    return concat("--cast takes DST's dtypes; ", skip);
  if (first.fit == Fit::other_dtype) return concat("there is no cast between these; ", skip);
  if (first.fit == Fit::other_shape && choice.on_mismatch == OnMismatch::slice)
    return concat("slice needs SRC to be longer wherever shapes differ; ", skip);
  if (first.fit == Fit::other_shape && choice.on_mismatch == OnMismatch::pad)
    return concat("pad needs SRC to be shorter wherever shapes differ; ", skip);
  if (first.fit == Fit::other_shape) return concat(skip, "; slice and pad copy what both have");
  return std::string(skip);
}

Error mismatch_error(const CopyPlan& plan, const CopyChoice& choice, std::size_t count) {
  const Pair& first =
      *std::ranges::find_if(plan.pairing.pairs, [](const Pair& p) { return is_mismatch(p.fit); });
  return Error(ErrorKind::conflict,
               concat(counted(count, "mismatched key"), ": ", quote(plan.target_of(first).name),
                      " is ", described(plan.source_of(first)), " in SRC, ",
                      described(plan.target_of(first)), " in DST"),
               help_for(first, choice));
}

Error strict_error(const CopyPlan& plan) {
  const match::Pairing& pairing = plan.pairing;
  std::string text = concat("--strict: ", counted(pairing.missing.size(), "missing key"), ", ",
                            pairing.unexpected.size(), " unexpected: ");
  text += pairing.missing.empty()
              ? concat(quote(plan.sources[pairing.unexpected.front()].name), " is not in DST")
              : concat(quote(plan.targets[pairing.missing.front()].name), " is not in SRC");
  return Error(ErrorKind::conflict, std::move(text));
}

Error nothing_error(const Checkpoint& source, const Checkpoint& target, const CopyPlan& plan,
                    const CopyChoice& choice) {
  const bool has_sources = std::ranges::any_of(
      plan.sources, [](const Named& entry) { return entry.tensor.has_value(); });
  if (!has_sources)
    return Error(ErrorKind::conflict, concat(source.path.string(), ": no tensor of it takes part"),
                 "--keep, --drop, --from-prefix and --what choose which do");
  return Error(ErrorKind::conflict,
               concat("no tensor of ", source.path.string(), " (", plan.sources.size(),
                      ") fits a name of ", target.path.string(), " (", plan.targets.size(), ")"),
               find_naming_hint(plan, choice)
                   .value_or(concat(match_hint(source, target), "; --map OLD=>NEW translates")));
}

std::vector<match::NamedShape> named_shapes(const std::vector<Named>& entries) {
  std::vector<match::NamedShape> shapes;
  for (const Named& entry : entries)
    if (entry.tensor) shapes.push_back({entry.common_name, entry.tensor->layout.shape});
  return shapes;
}

}  // namespace

std::optional<Error> find_refusal(const Checkpoint& source, const Checkpoint& target,
                                  const CopyPlan& plan, const CopyChoice& choice,
                                  Strictness strictness) {
  const CopyCounts counts = count_copied(plan);
  const bool refuses_mismatches =
      choice.on_mismatch != OnMismatch::skip || strictness == Strictness::strict;
  if (counts.mismatched > 0 && refuses_mismatches)
    return mismatch_error(plan, choice, counts.mismatched);
  if (counts.copied == 0) return nothing_error(source, target, plan, choice);
  const bool has_others = !plan.pairing.missing.empty() || !plan.pairing.unexpected.empty();
  if (strictness == Strictness::strict && has_others && !choice.is_by_order)
    return strict_error(plan);
  return std::nullopt;
}

std::optional<std::string> find_naming_hint(const CopyPlan& plan, const CopyChoice& choice) {
  if (choice.is_by_order) return std::nullopt;
  const std::optional<match::PrefixHint> hint =
      match::find_prefix_hint(named_shapes(plan.sources), named_shapes(plan.targets));
  // Rules come before prefixes of the target, and after what else would help.
  if (!hint || (plan.has_rules && hint->cure != match::Cure::prefix_of_b)) return std::nullopt;
  const auto option = [&]() -> std::string {
    switch (hint->cure) {
      case match::Cure::strip_wrappers:
        return "--strip-wrappers";
      case match::Cure::prefix_of_a:
        return concat("--from-prefix ", choice.from_prefix.value_or(""), hint->prefix);
      case match::Cure::prefix_of_b:
        return concat("--to-prefix ", choice.to_prefix.value_or(""), hint->prefix);
    }
    return {};
  };
  return concat("with ", option(), " ", hint->matching_count, " of ",
                counted(hint->tensor_count, "tensor"), " match");
}

}  // namespace ckpt::commands
