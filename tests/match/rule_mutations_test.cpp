// Rules with something wrong in any place: read, checked and planned with, they end in problems
// that say the line, never in a crash or without an end.
#include <doctest/doctest.h>

#include <random>

#include "ckpt/match/presets.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "ckpt/match/rule_plan.hpp"

using namespace ckpt::match;

namespace {

constexpr std::string_view pieces[] = {"{",
                                       "}",
                                       "[",
                                       "]",
                                       "(",
                                       ")",
                                       "->",
                                       " | ",
                                       "*",
                                       "**",
                                       ",",
                                       "{i",
                                       "{n-",
                                       "..",
                                       "\"",
                                       "\\",
                                       "#",
                                       "=",
                                       "? ",
                                       "drop ",
                                       "new ",
                                       "keep ",
                                       "\n",
                                       ":",
                                       "{a,b}",
                                       "-1",
                                       "{i*i",
                                       "/0",
                                       "dim(a,",
                                       "count(",
                                       "9999999999999999999",
                                       "{x:0..99999999}",
                                       "let n = 0\n",
                                       "rope_half(0)",
                                       "| split(0, [])",
                                       "\xff",
                                       "1e999",
                                       "%0"};

constexpr int mutations_of_each = 50;

std::string mutated(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (std::size_t changes = 1 + below(3); changes > 0 && !text.empty(); --changes) {
    const std::size_t place = below(text.size());
    switch (below(4)) {
      case 0:
        text.erase(place, 1 + below(8));
        break;
      case 1:
        text.insert(place, pieces[below(std::size(pieces))]);
        break;
      case 2:
        text[place] = text[below(text.size())];
        break;
      default:
        text.insert(place, text.substr(below(text.size()), below(40)));
    }
  }
  return text;
}

std::vector<KeyFacts> some_keys() {
  std::vector<KeyFacts> keys;
  for (const char* name :
       {"norm.weight", "blocks.0.attn.qkv.weight", "layers.1.attention.wq.weight", "head.bias", "a",
        "cls_token", "h.0.attn.c_attn.weight"})
    keys.push_back({.key = name, .shape = {6, 4}});
  return keys;
}

/// Values for all names that want one.
Parameters parameters_for(const RuleSet& rules) {
  Parameters parameters;
  for (const Declaration& declaration : rules.declarations)
    if (declaration.expression.empty()) parameters.values[declaration.name] = "2";
  return parameters;
}

bool has_place(const Problem& problem) {
  return problem.place.starts_with("line ") || problem.code[0] == 'D';
}

}  // namespace

TEST_CASE("Rules that are wrong in any place end in problems with their line") {
  std::mt19937 random(5);
  const std::vector<KeyFacts> keys = some_keys();
  for (const Preset& preset : presets())
    for (int i = 0; i < mutations_of_each; ++i) {
      const std::string text = mutated(std::string(preset.text), random);
      CAPTURE(text);
      const RuleSet rules = parse_rules(text);
      for (const Problem& problem : rules.problems) CHECK(has_place(problem));
      const Parameters parameters = parameters_for(rules);
      for (const Problem& problem : make_plan(rules, parameters, keys).problems)
        CHECK(has_place(problem));
      const std::vector<Problem> problems = check_rules(rules, parameters);
      for (const Problem& problem : problems) CHECK(has_place(problem));
      if (!has_errors(problems)) CHECK(parse_rules(to_text(rules)).problems.empty());
    }
}
