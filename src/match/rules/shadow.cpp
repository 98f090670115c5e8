#include "match/rules/shadow.hpp"

#include <set>

#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"
#include "match/rules/overlap.hpp"

namespace ckpt::match {

std::optional<Problem> find_shadow(const std::vector<CompiledRule>& rules, std::size_t rule,
                                   const RuleIndex& index) {
  std::set<std::size_t> takers;
  const auto taker_of = [&](const std::string& key) -> std::optional<std::size_t> {
    try {
      const auto taken = index.find(key);
      return taken ? std::optional(taken->rule) : std::nullopt;
    } catch (const RuleError&) {
      return std::nullopt;  // a key with several solutions is refused when it occurs
    }
  };
  for (const CompiledTemplate& from : rules[rule].from) {
    const std::vector<std::string> samples = sample_keys(from, rules[rule].variables);
    if (samples.empty()) return std::nullopt;
    for (const std::string& key : samples) {
      const auto taker = taker_of(key);
      if (!taker || *taker >= rule) return std::nullopt;
      takers.insert(*taker);
    }
  }
  if (takers.empty()) return std::nullopt;
  std::vector<std::string> places;
  for (const std::size_t taker : takers) places.push_back(rules[taker].place);
  return Problem{
      .code = "E07",
      .place = rules[rule].place,
      .message = concat(to_text(*rules[rule].rule), " is shadowed by ", join(places, " and ")),
      .hint = "the first rule that matches takes a key; put the special rule first"};
}

}  // namespace ckpt::match
