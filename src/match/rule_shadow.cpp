#include "match/rule_shadow.hpp"

#include <set>

#include "ckpt/base/text.hpp"
#include "match/rule_overlap.hpp"

namespace ckpt::match {

std::optional<Problem> find_shadow(const std::vector<CompiledRule>& rules, std::size_t rule,
                                   const RuleIndex& index) {
  std::set<std::size_t> takers;
  for (const CompiledTemplate& from : rules[rule].from) {
    const std::vector<std::string> samples = sample_keys(from, rules[rule].variables);
    if (samples.empty()) return std::nullopt;
    for (const std::string& key : samples) {
      const auto taken = index.find(key);
      if (!taken || taken->rule >= rule) return std::nullopt;
      takers.insert(taken->rule);
    }
  }
  if (takers.empty()) return std::nullopt;
  std::vector<std::string> places;
  for (const std::size_t taker : takers) places.push_back(rules[taker].place);
  return Problem{
      .code = "E07",
      .place = rules[rule].place,
      .message = concat("is shadowed by ", join(places, " and "), ": ", to_text(*rules[rule].rule)),
      .hint = "the first rule that matches takes a key; put the special rule first"};
}

}  // namespace ckpt::match
