// Compares what rules make with the keys of a target model.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::match {

namespace {

constexpr std::size_t shown_keys = 8;

using FactsOfKey = std::unordered_map<std::string_view, const KeyFacts*>;

FactsOfKey by_key(std::span<const KeyFacts> keys) {
  FactsOfKey known;
  for (const KeyFacts& facts : keys) known.try_emplace(facts.key, &facts);
  return known;
}

std::string facts_text(const KeyFacts& facts) {
  return concat(model::row_of(facts.dtype).short_name, " ", shape_text(facts.shape));
}

/// The operation that probably turns `made` into `wanted`; "" when there is none.
std::string remedy(const KeyFacts& made, const KeyFacts& wanted) {
  if (made.shape == wanted.shape)
    return concat("cast(", model::row_of(wanted.dtype).short_name, ") changes the dtype");
  std::vector<std::int64_t> transposed = made.shape;
  if (transposed.size() >= 2) std::swap(transposed.back(), transposed[transposed.size() - 2]);
  if (transposed == wanted.shape) return "t swaps the last two dims";
  std::vector<std::int64_t> squeezed[] = {made.shape, wanted.shape};
  for (auto& shape : squeezed) std::erase(shape, 1);
  if (squeezed[0] != squeezed[1]) return {};
  return made.shape.size() > wanted.shape.size() ? "squeeze takes dims of 1 away"
                                                 : "unsqueeze puts dims of 1 in";
}

Problem list_problem(std::string_view what, std::vector<std::string> keys,
                     const std::vector<std::string>& others) {
  const std::size_t shown = std::min(keys.size(), shown_keys);
  std::string text = join({keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(shown)}, ", ");
  if (keys.size() > shown) text += concat(" and ", keys.size() - shown, " more");
  std::string hint = did_you_mean(find_closest(keys.front(), others));
  return {.code = "D17",
          .keys = std::move(keys),
          .message = concat(what, ": ", text),
          .hint = std::move(hint)};
}

}  // namespace

std::vector<Problem> check_target(const RuleSet& rules, const Plan& plan,
                                  std::span<const KeyFacts> keys,
                                  std::span<const KeyFacts> target) {
  const std::vector<KeyFacts> made = facts_of(plan, keys);
  const FactsOfKey wanted = by_key(target);
  const FactsOfKey present = by_key(made);
  std::vector<Problem> problems;
  std::vector<std::string> unexpected;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto found = wanted.find(made[i].key);
    if (found == wanted.end()) {
      unexpected.push_back(made[i].key);
    } else if (const KeyFacts& other = *found->second;
               made[i].shape != other.shape || made[i].dtype != other.dtype) {
      problems.push_back({.code = "D17",
                          .place = concat(rules.unit, " ", rules.rules[plan.outputs[i].rule].line),
                          .keys = {made[i].key},
                          .message = concat(quote(made[i].key), " is ", facts_text(made[i]),
                                            ", the target has ", facts_text(other)),
                          .hint = remedy(made[i], other)});
    }
  }
  std::vector<std::string> missing;
  for (const KeyFacts& facts : target)
    if (!present.contains(facts.key)) missing.push_back(facts.key);
  if (!missing.empty()) problems.push_back(list_problem("missing", missing, unexpected));
  if (!unexpected.empty()) problems.push_back(list_problem("unexpected", unexpected, missing));
  return problems;
}

}  // namespace ckpt::match
