// The rule language: what is read, what is refused, what is written back.
#include "ckpt/match/rules.hpp"

#include <doctest/doctest.h>

#include "ckpt/match/presets.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "ckpt/match/rule_plan.hpp"

using namespace ckpt::match;

namespace {

std::string first_problem(std::string_view text) {
  const RuleSet rules = parse_rules(text);
  return rules.problems.empty() ? "" : to_error(rules.problems.front()).message();
}

std::string read_back(std::string_view text) { return to_text(parse_rules(text)); }

}  // namespace

TEST_CASE("Headers are written out, comments and blank lines go") {
  CHECK(read_back("# what it is\n\n[a.{i}. -> b.]   # from here\nx.* -> y.* # so\n[]\nz -> =\n") ==
        "remap 1\na.{i}.x.* -> b.y.*\nz -> z\n");
}

TEST_CASE("Every kind of line is read and written back") {
  const std::string text =
      "remap 1\n"
      "param head_dim\n"
      "param theta = 10000\n"
      "let n = count(layers.{i}.w)\n"
      "? drop **.mask, fc.{1..3} = zeros(2, 3) f16\n"
      "new x.{i} = inv_freq(head_dim, theta) for layers.{i}.w\n"
      "a.{n-1-i}.{g:w1,w3} -> b.{i}.{g:0,2} | stack(e, 0) | cat(g, 1, [per*2, 1])\n"
      "c, d.** -> e, f.**\n";
  CHECK(read_back(text) == text);
}

TEST_CASE("A key that would be read as something else is written in quotes") {
  CHECK(read_back("[(->]\nf -> u\n") == "remap 1\n\"(f\" -> u\n");
  for (const char* key : {"(f", "f)", "a\vb", "\r", "?a", "=", "a->b", "# a", "a|b", "[a]"}) {
    const std::string text = std::string("remap 1\n\"") + key + "\" -> \"" + key + "\"\n";
    CHECK(parse_rules(text).problems.empty());
    CHECK(read_back(text) == text);
  }
}

TEST_CASE("Words of lists are read back, whatever is in them") {
  const std::string text =
      "remap 1\n"
      "{a\\,b,\\{c\\}} -> {\\(,\\\\}\n"
      "{x:\\ ,a b,c\\ } -> {x:\\\",\\#,d\\:e}\n";
  CHECK(parse_rules(text).problems.empty());
  CHECK(read_back(text) == text);
  const RuleSet rules = parse_rules(text);
  CHECK(rules.rules[0].from[0][0].words == std::vector<std::string>{"a,b", "{c}"});
  CHECK(rules.rules[0].to[0][0].words == std::vector<std::string>{"(", "\\"});
  CHECK(rules.rules[1].from[0][0].words == std::vector<std::string>{" ", "a b", "c "});
  CHECK(rules.rules[1].to[0][0].words == std::vector<std::string>{"\"", "#", "d:e"});
}

TEST_CASE("The JSON form holds the same rules") {
  const RuleSet rules = parse_rules(
      "param h\nlet k = h/2\n? a.{q,k} -> b.{q,k} | rope_half(h)\ndrop c = zeros(1)\n"
      "new d = ones(2) for a.q\n");
  const RuleSet again = parse_rules_json(to_json(rules));
  CHECK(again.problems.empty());
  CHECK(to_text(again) == to_text(rules));
}

TEST_CASE("The JSON form is refused where it is not one") {
  CHECK_THROWS_WITH_AS(parse_rules_json(R"({"remap": 1e999})"),
                       "E01: a number in this JSON is beyond a double", ckpt::Error);
  CHECK_THROWS_WITH_AS(parse_rules_json("[]"), "E01: expected a JSON object", ckpt::Error);
  CHECK_THROWS_WITH_AS(parse_rules_json("{\"rules\": []}"),
                       "E01: expected \"remap\": 1, the version of the language", ckpt::Error);
  const RuleSet rules = parse_rules_json(
      R"({"remap": 1, "rules": [{"from": ["a"]}, {"form": ["a"], "to": ["b"]}, {"drop": [3]}]})");
  REQUIRE(rules.problems.size() == 3);
  CHECK(to_error(rules.problems[0]).message() ==
        "rule 1: E01: expected \"from\" and \"to\", \"drop\" or \"new\"");
  CHECK(to_error(rules.problems[1]).message() == "rule 2: E01: unknown entry 'form'");
  CHECK(to_error(rules.problems[2]).message() == "rule 3: E01: 'drop': expected a list of strings");
}

TEST_CASE("Special characters are quoted or escaped, and read back") {
  for (const char* text : {"\"a b\" -> c", "\"a,b\" -> \"c|d\"", "a\\{0\\} -> b\\*", "\"?a\" -> b",
                           "\"x -> y\" -> z"}) {
    const std::string written = read_back(text);
    CHECK(written == std::string("remap 1\n") + text + "\n");
  }
}

TEST_CASE("What is no rule says what was expected") {
  CHECK(first_problem("a => b") == "line 1: E01: expected SRC -> DST, got 'a => b'");
  CHECK(first_problem("\n\na -> ") == "line 3: E01: a key is missing");
  CHECK(first_problem("a{i -> b") == "line 1: E01: expected } before the end of the line");
  CHECK(first_problem("a}i -> b") == "line 1: E01: a } in 'a}i' without its {");
  CHECK(first_problem("a b -> c") == "line 1: E01: a blank in the key 'a b'");
  CHECK(first_problem("new a.b") == "line 1: E01: new KEY needs a value: new KEY = zeros(8)");
  CHECK(first_problem("[a. b.]") == "line 1: E01: expected [SRC -> DST] or []");
  CHECK(first_problem("param 3x = 1") == "line 1: E01: expected a name, got '3x'");
  CHECK(first_problem("let n") == "line 1: E01: n: expected a value after =");
  CHECK(first_problem("param n\nlet n = 1") == "line 2: E01: n is declared in line 1 already");
  CHECK(first_problem("{x:a} -> b") ==
        "line 1: E01: {x:a}: expected a list or a range after the colon");
  CHECK(first_problem("remap 2") == "line 1: E01: remap 2: only version 1 is known");
  CHECK(first_problem("a -> b | split(0") == "line 1: E01: expected ) at the end of 'split(0'");
}

TEST_CASE("Braces of a header are closed in it") {
  CHECK(first_problem("[{a,b.{i}. -> c.]") == "line 1: E01: a { inside of braces in '{a,b.{i}.'");
  CHECK(first_problem("[{a,b -> c.]\nx} -> y") == "line 1: E01: the { in '{a,b' is never closed");
  CHECK(first_problem("[{f(i}. -> c.]") == "line 1: E01: expected ) before the } of {f(i}");
  CHECK(first_problem("[{i)|j}. -> c.]") == "line 1: E01: cannot read {i)|j}");
}

TEST_CASE("All lines that cannot be read are told") {
  CHECK(parse_rules("a\nb -> c\nd\n").problems.size() == 2);
}

TEST_CASE("Numbers of a config are found, other values are not") {
  const auto numbers = numbers_of_json(R"({"heads": 8, "eps": 1e-05, "name": "x", "list": [1]})");
  CHECK(numbers == std::map<std::string, std::string>{{"heads", "8"}, {"eps", "1e-05"}});
}

TEST_CASE("Every preset is read without a problem, and none of its rules shadows another") {
  REQUIRE(presets().size() >= 15);
  for (const Preset& preset : presets()) {
    CAPTURE(std::string(preset.name));
    const RuleSet rules = parse_rules(preset.text);
    CHECK(rules.problems.empty());
    CHECK(!preset_summary(preset).empty());
    Parameters parameters;
    for (const Declaration& declaration : rules.declarations)
      if (declaration.kind == DeclarationKind::param && declaration.expression.empty())
        parameters.values[declaration.name] = "8";
    CHECK(!has_errors(check_rules(rules, parameters)));
  }
}

TEST_CASE("A preset that is not there names the closest") {
  CHECK_THROWS_WITH_AS(preset_named("timm-vit/hf-vits"), "there is no preset 'timm-vit/hf-vits'",
                       ckpt::Error);
}
