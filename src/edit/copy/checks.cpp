#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/edit/copy.hpp"
#include "ckpt/match/prefix_hint.hpp"
#include "ckpt/model/describe.hpp"

namespace ckpt::edit {

namespace {

using match::Fit;
using match::Named;
using match::Pair;

std::string described(const CopySide& side, const Named& entry) {
  if (!entry.tensor) return type_text(side.tree, entry.node);
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

Error mismatch_error(const CopySide& source, const CopySide& target, const CopyPlan& plan,
                     const CopyChoice& choice, std::size_t count) {
  const Pair& first =
      *std::ranges::find_if(plan.pairing.pairs, [](const Pair& p) { return is_mismatch(p.fit); });
  return Error(ErrorKind::conflict,
               concat(counted(count, "mismatched key"), ": ", quote(plan.target_of(first).name),
                      " is ", described(source, plan.source_of(first)), " in ", source.place, ", ",
                      described(target, plan.target_of(first)), " in ", target.place),
               help_for(first, choice));
}

Error strict_error(const CopySide& source, const CopySide& target, const CopyPlan& plan) {
  const match::Pairing& pairing = plan.pairing;
  std::string text = concat("--strict: ", counted(pairing.missing.size(), "missing key"), ", ",
                            pairing.unexpected.size(), " unexpected: ");
  text += pairing.missing.empty() ? concat(quote(plan.sources[pairing.unexpected.front()].name),
                                           " is not in ", target.place)
                                  : concat(quote(plan.targets[pairing.missing.front()].name),
                                           " is not in ", source.place);
  return Error(ErrorKind::conflict, std::move(text));
}

bool has_tensors(const std::vector<Named>& entries) {
  return std::ranges::any_of(entries, [](const Named& entry) { return entry.tensor.has_value(); });
}

Error nothing_error(const CopySide& source, const CopySide& target, const CopyPlan& plan,
                    const CopyChoice& choice) {
  if (!has_tensors(plan.sources))
    return Error(ErrorKind::conflict, concat(source.place, ": no tensor of it takes part"),
                 "--keep, --drop, --from-prefix and --what choose which do");
  const bool is_list =
      plan.sources.front().is_listed || (!plan.targets.empty() && plan.targets.front().is_listed);
  if (is_list)
    return Error(ErrorKind::conflict,
                 concat("a list of tensors has no names: ", source.place, " or ", target.place),
                 "--by-order pairs by position, --what parameters as optimizers see a model");
  return Error(
      ErrorKind::conflict,
      concat("no tensor of ", source.place, " (", plan.sources.size(), ") fits a name of ",
             target.place, " (", plan.targets.size(), ")"),
      find_naming_hint(plan, choice).value_or(concat(source.hint, "; --map OLD=>NEW translates")));
}

std::vector<match::NamedShape> named_shapes(const std::vector<Named>& entries) {
  std::vector<match::NamedShape> shapes;
  for (const Named& entry : entries)
    if (entry.tensor) shapes.push_back({entry.common_name, entry.tensor->layout.shape});
  return shapes;
}

}  // namespace

std::optional<Error> find_refusal(const CopySide& source, const CopySide& target,
                                  const CopyPlan& plan, const CopyChoice& choice,
                                  Strictness strictness) {
  const CopyCounts counts = count_copied(plan);
  if (counts.mismatched > 0 && choice.on_mismatch != OnMismatch::skip)
    return mismatch_error(source, target, plan, choice, counts.mismatched);
  // A common epoch alone is no copied model, unless only values were asked for.
  if (counts.copied == 0 && (counts.values == 0 || has_tensors(plan.sources)))
    return nothing_error(source, target, plan, choice);
  const bool has_others = !plan.pairing.missing.empty() || !plan.pairing.unexpected.empty();
  if (strictness == Strictness::strict && has_others && !choice.is_by_order)
    return strict_error(source, target, plan);
  return std::nullopt;
}

std::optional<std::string> find_naming_hint(const CopyPlan& plan, const CopyChoice& choice) {
  if (choice.is_by_order) return std::nullopt;
  const std::optional<match::PrefixHint> hint =
      match::find_prefix_hint(named_shapes(plan.sources), named_shapes(plan.targets));
  // Prefixes of the target come after the rules; other prefix changes come before them and do not
  // help.
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

std::optional<std::string> find_few_hint(const CopySide& source, const CopySide& target,
                                         const CopyPlan& plan, const CopyChoice& choice) {
  const std::size_t paired = plan.pairing.pairs.size();
  const std::size_t asked = plan.targets.size() - plan.left_out.size();
  const bool are_few = 2 * paired < plan.sources.size() && 2 * paired < asked;
  if (choice.is_by_order || !are_few) return std::nullopt;
  return concat("only ", paired, " of ", counted(asked, "key"), " of ", target.place, " are in ",
                source.place, "; ", source.hint, ", --strict refuses such a copy");
}

}  // namespace ckpt::edit
