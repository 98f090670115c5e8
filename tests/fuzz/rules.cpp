// Rule files: what is read can be printed and read again, in both forms; plans, inverses and checks
// give problems, not surprises.
#include "ckpt/match/rules.hpp"

#include <set>

#include "ckpt/match/rule_checks.hpp"
#include "ckpt/match/rule_plan.hpp"
#include "key_facts.hpp"
#include "pickle/string_text.hpp"

namespace ckpt::fuzz {

namespace {

void print_and_read(const match::RuleSet& rules) {
  const std::string text = match::to_text(rules);
  const match::RuleSet again = match::parse_rules(text);
  require(again.problems.empty(), "printed rules can be read");
  require(match::to_text(again) == text, "rules read again print the same");
  if (!pickle::is_strict_utf8(text)) return;  // which JSON cannot hold
  must("printed JSON can be read", [&] {
    const match::RuleSet from_json = match::parse_rules_json(match::to_json(rules));
    require(from_json.problems.empty(), "the JSON form holds no problems");
    require(match::to_text(from_json) == text, "the JSON form says the same");
  });
}

void plan(const match::RuleSet& rules, const std::vector<match::KeyFacts>& keys) {
  const match::Plan plan = match::make_plan(rules, {}, keys);
  if (match::has_errors(plan.problems)) return;
  std::set<std::string> names;
  for (const match::PlannedOutput& output : plan.outputs) {
    require(names.insert(output.name).second, "no two outputs have one name");
    for (const std::size_t source : output.sources)
      require(source < keys.size(), "an output comes from keys that are there");
  }
  match::facts_of(plan, keys);
  match::check_return(rules, {}, keys, plan);
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const fuzz::Parts parts = fuzz::parts_of(as_text(fuzz::view_of(data, size)));
  const std::vector<match::KeyFacts> keys = fuzz::key_facts_of(parts.second);
  fuzz::attempt([&] {
    const match::RuleSet rules = match::parse_rules(parts.first);
    if (!rules.problems.empty()) return;
    fuzz::print_and_read(rules);
    match::check_rules(rules, {}, keys);
    match::inverse_of(rules, {}, keys);
    fuzz::plan(rules, keys);
  });
  return 0;
}
