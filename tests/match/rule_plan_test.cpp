// What rules do to keys and shapes, and the exact words when they cannot.
#include "ckpt/match/rule_plan.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"

using namespace ckpt::match;
using ckpt::concat;
using ckpt::join;
using ckpt::shape_text;

namespace {

using Shape = std::vector<std::int64_t>;

std::vector<KeyFacts> keys_of(std::vector<std::pair<std::string, Shape>> pairs) {
  std::vector<KeyFacts> keys;
  for (auto& [key, shape] : pairs) keys.push_back({.key = key, .shape = shape});
  return keys;
}

std::vector<KeyFacts> vectors(std::initializer_list<const char*> names) {
  std::vector<KeyFacts> keys;
  for (const char* name : names) keys.push_back({.key = name, .shape = {2}});
  return keys;
}

/// "b 2 <- a; ..." in order of the outputs, or the first error.
std::string planned(std::string_view rules, const std::vector<KeyFacts>& keys,
                    const Parameters& parameters = {}) {
  const Plan plan = make_plan(parse_rules(rules), parameters, keys);
  for (const Problem& problem : plan.problems)
    if (problem.severity == Severity::error) return to_error(problem).message();
  std::vector<std::string> lines;
  for (const PlannedOutput& output : plan.outputs) {
    std::vector<std::string> sources;
    for (const std::size_t key : output.sources) sources.push_back(keys[key].key);
    lines.push_back(concat(output.name, " ", shape_text(plan.steps[output.step].shape), " <- ",
                           join(sources, ",")));
  }
  return join(lines, "; ");
}

}  // namespace

TEST_CASE("The first rule that matches takes a key, and sees the original") {
  CHECK(planned("l.1 -> l.0\nl.0 -> in\nl.** -> =", vectors({"l.0", "l.1", "l.2"})) ==
        "in 2 <- l.0; l.0 2 <- l.1; l.2 2 <- l.2");
}

TEST_CASE("Numbers are numbers") {
  CHECK(planned("b.{1} -> one\n b.{i} -> c.{i+1}", vectors({"b.1", "b.10", "b.9"})) ==
        "one 2 <- b.1; c.11 2 <- b.10; c.10 2 <- b.9");
  CHECK(planned("b.{i} -> c.{i}", vectors({"b.01"})) == "D11: no rule for: b.01");
  CHECK(planned("x.{3*a+b+1}.w -> y.{a}.{b:0..1}.w", vectors({"x.1.w", "x.2.w", "x.4.w"})) ==
        "y.0.0.w 2 <- x.1.w; y.0.1.w 2 <- x.2.w; y.1.0.w 2 <- x.4.w");
  CHECK(planned("x.{3*a+b}.w -> y.{a}.{b:0..1}.w", vectors({"x.5.w"})) ==
        "D11: no rule for: x.5.w");
}

TEST_CASE("A count turns numbers around") {
  CHECK(planned("let n = count(up.{k}.**)\nup.{n-1-i}.* -> down.{i}.*",
                vectors({"up.0.w", "up.0.b", "up.1.w"})) ==
        "down.1.w 2 <- up.0.w; down.1.b 2 <- up.0.b; down.0.w 2 <- up.1.w");
}

TEST_CASE("Lists pair word by word, also lists of numbers") {
  CHECK(planned("m.{0,1,2} -> n.{1,2,0}", vectors({"m.0", "m.1", "m.2"})) ==
        "n.1 2 <- m.0; n.2 2 <- m.1; n.0 2 <- m.2");
  CHECK(planned("m.{conv,conv_out}x -> n.{a,b}", vectors({"m.conv_outx", "m.convx"})) ==
        "n.b 2 <- m.conv_outx; n.a 2 <- m.convx");
}

TEST_CASE("A star is one part, two stars are any") {
  CHECK(planned("a.*.w -> b.*", vectors({"a.x.y.w"})) == "D11: no rule for: a.x.y.w");
  CHECK(planned("a.*.w -> b.*", vectors({"a.x/y.w"})) == "D11: no rule for: a.x/y.w");
  CHECK(planned("a.**.w -> b.**", vectors({"a.x.y.w"})) == "b.x.y 2 <- a.x.y.w");
}

TEST_CASE("Outputs stand where their first source stood, new ones behind their key") {
  CHECK(planned("a -> z\nq.{i} -> q.{i}.{x,y} | split(0)\nnew n.{i} = zeros(3) for q.{i}\n"
                "new last = zeros(1)",
                vectors({"q.0", "a", "q.1"})) ==
        "q.0.x 1 <- q.0; q.0.y 1 <- q.0; n.0 3 <- ; z 2 <- a; q.1.x 1 <- q.1; q.1.y 1 <- q.1; "
        "n.1 3 <- ; last 1 <- ");
}

TEST_CASE("Groups are joined along named axes") {
  CHECK(
      planned(
          "x.{e}.{g:u,v} -> x | stack(e, 0) | cat(g, 1)",
          keys_of({{"x.0.u", {2, 3}}, {"x.0.v", {4, 3}}, {"x.1.u", {2, 3}}, {"x.1.v", {4, 3}}})) ==
      "x 2x6x3 <- x.0.u,x.0.v,x.1.u,x.1.v");
}

TEST_CASE("An unmatched key, an unused rule, a collision") {
  const Plan plan = make_plan(parse_rules("blocks.{i}.attn.* -> b.{i}.*"), {},
                              vectors({"blocks.0.attn.w", "blocks.0.mlp.w", "z"}));
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].message == "no rule for: blocks.0.mlp.w, z");
  CHECK(plan.problems[0].hint ==
        "the nearest is line 1: blocks.{i}.attn.*; a last rule `keep **` passes the rest on, "
        "`drop KEY` leaves out");
  CHECK(plan.problems[0].keys == std::vector<std::string>{"blocks.0.mlp.w", "z"});
  CHECK(planned("a -> b\nz.* -> y.*", vectors({"a"})) == "line 2: D14: matches no key: z.* -> y.*");
  CHECK(planned("a -> b\nc -> b", vectors({"a", "c"})) ==
        "line 2: D12: two sources for 'b': 'a' (line 1) and 'c'");
  CHECK(planned("a.{i}.w -> b.{0*i}.w", vectors({"a.0.w"})) ==
        "line 1: E05: left over: {i} only on the left");
}

TEST_CASE("A rule that earlier rules leave nothing is told as that") {
  CHECK(planned("a.** -> b.**\na.x.* -> c.*", vectors({"a.x.w"})) ==
        "line 2: E07: a.x.* -> c.* is shadowed by line 1");
  CHECK(planned("a.{weight,bias} -> b.{weight,bias}\na.* -> c.*", vectors({"a.weight"})) ==
        "line 2: D14: a.* -> c.* matches only keys that are taken: 'a.weight' by line 1");
}

TEST_CASE("Incomplete groups name what is missing") {
  CHECK(planned("l.{i}.{q,k,v}.w -> l.{i}.qkv.w | cat(0)", vectors({"l.0.q.w", "l.0.v.w"})) ==
        "line 1: D13: incomplete group: 'l.0.k.w' is missing");
  CHECK(planned("e.{e}.w -> e.w | stack(0)", vectors({"e.0.w", "e.2.w"})) ==
        "line 1: D13: incomplete group: 'e.1.w' is missing");
  CHECK(planned("e.{e}.w -> e.w | stack(0)", vectors({"e.1000000000000.w"})) ==
        "line 1: D13: incomplete group: 'e.0.w' is missing");
}

TEST_CASE("Groups of different sizes are a warning") {
  const Plan plan = make_plan(parse_rules("l.{i}.{e} -> l.{i} | stack(e, 0)"), {},
                              vectors({"l.0.0", "l.0.1", "l.1.0"}));
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].severity == Severity::warning);
  CHECK(to_error(plan.problems[0]).message() ==
        "line 1: D16: group sizes differ: 2 with 'l.0.0', 1 with 'l.1.0'");
}

TEST_CASE("Shapes that do not fit name the key and its shape") {
  CHECK(planned("q -> {a,b,c} | split(0)", keys_of({{"q", {8, 2}}})) ==
        "line 1: D15: split on 'q' 8x2: dim 0 of size 8 does not split in 3");
  CHECK(planned("q -> {a,b,c} | split(0, [4, 2, 1])", keys_of({{"q", {8, 2}}})) ==
        "line 1: D15: split on 'q' 8x2: the sizes [4, 2, 1] add up to 7, dim 0 is 8");
  CHECK(planned("{a,b} -> c | cat(0)", keys_of({{"a", {3, 2}}, {"b", {3, 4}}})) ==
        "line 1: D15: cat on 'a' 3x2 and 1 more: the parts have the shapes 3x2 and 3x4");
  CHECK(planned("{a,b} -> c | same", keys_of({{"a", {3}}, {"b", {4}}})) ==
        "line 1: D15: same on 'a' 3 and 1 more: the copies differ: float32 3 and float32 4");
  CHECK(planned("a -> b | rope_half(3)", keys_of({{"a", {8, 2}}})) ==
        "line 1: D15: rope_half on 'a' 8x2: dim 0 of 8x2 is not a multiple of the head size 3");
  CHECK(planned("a -> b | squeeze(1)", keys_of({{"a", {8, 2}}})) ==
        "line 1: D15: squeeze on 'a' 8x2: dim 1 of 8x2 is 2, not 1");
  CHECK(planned("a -> b | pad(0, 6 to 9)", keys_of({{"a", {8}}})) ==
        "line 1: D15: pad on 'a' 8: dim 0 is 8, expected 6");
  CHECK(planned("a -> b | unsqueeze(9)", keys_of({{"a", {8}}})) ==
        "line 1: D15: unsqueeze on 'a' 8: no dim 9 can be put into 8");
}

TEST_CASE("Elements that cannot be moved are refused where they would be, and renamed otherwise") {
  const std::vector<KeyFacts> keys{
      {.key = "a", .shape = {4, 2}, .dtype = ckpt::model::DType::quint4x2}};
  CHECK(planned("a -> b", keys) == "b 4x2 <- a");
  CHECK(planned("a -> b | t", keys) ==
        "line 1: D15: t on 'a' 4x2: 'a': quint4x2 packs several elements into a byte");
}

TEST_CASE("Rules that contradict themselves do not compile") {
  const auto problem = [](std::string_view rules) { return planned(rules, vectors({"a"})); };
  CHECK(problem("a.{i} -> b") == "line 1: E05: left over: {i} only on the left");
  CHECK(problem("a.{i} -> b.{i}.{j}") == "line 1: E05: left over: {j} only on the right");
  CHECK(problem("{a,c} -> b") == "line 1: E05: left over: an unnamed list only on the left");
  CHECK(problem("a.{i}.{j} -> b | stack(0)") ==
        "line 1: E05: stack: more than one axis is open: {i}, {j}");
  CHECK(problem("a -> b | cat(0)") == "line 1: E05: cat: there is no open axis");
  CHECK(problem("a -> b.{j} | split(0)") == "line 1: E05: split: into how many is not known");
  CHECK(problem("a.*.* -> b.*") ==
        "line 1: E04: the number of * and ** differs between the two sides");
  CHECK(problem("a.* -> b.**") == "line 1: E04: a * pairs with a **");
  CHECK(problem("x.{p,q}.{u,v} -> y.{a,b} | cat(0)") ==
        "line 1: E04: there are 2 and 1 unnamed lists on the two sides");
  CHECK(problem("n{1,2}.* -> x{a,b,c}.*") ==
        "line 1: E03: the lists that pair up have 2 and 3 members");
  CHECK(problem("{n:1,2} -> {n:a,b,c}") == "line 1: E03: the lists for n have 2 and 3 members");
  CHECK(problem("a, b -> c, d, e") == "line 1: E03: the lists of keys have 2 and 3 members");
  CHECK(problem("l.{i*i} -> m.{i}") == "line 1: E06: {i*i} is not affine in its variables");
  CHECK(problem("l.{i/2} -> m.{i}") == "line 1: E06: {i/2} is not affine in whole numbers");
  CHECK(problem("l.{i+j} -> m.{i}.{j}") == "line 1: E06: {i+j} does not tell its variables apart");
  CHECK(problem("a -> b | frobnicate(1)") == "line 1: E02: unknown operation 'frobnicate'");
  CHECK(problem("a -> b | rope_half(h)") == "line 1: E02: unknown name 'h'");
  CHECK(problem("param h\na -> b | rope_half(h)") == "line 1: E02: param h has no value");
  CHECK(problem("a -> b | split(x)") == "line 1: E02: unknown name 'x'");
  CHECK(problem("new x = sevens(2)\na -> b") == "line 1: E02: unknown value 'sevens'");
}

TEST_CASE("Values come from -D, then the config, then the file") {
  const auto keys = keys_of({{"a", {8}}});
  const std::string rules = "param k = 2\na -> {b:0..k-1} | split(0)";
  CHECK(planned(rules, keys) == "0 4 <- a; 1 4 <- a");
  CHECK(planned(rules, keys, {.config = {{"k", "4"}}}) == "0 2 <- a; 1 2 <- a; 2 2 <- a; 3 2 <- a");
  CHECK(planned(rules, keys, {.values = {{"k", "1"}}, .config = {{"k", "4"}}}) == "0 8 <- a");
  CHECK(planned(rules, keys, {.values = {{"l", "1"}}}) ==
        "E02: -D l: the rules declare no such name");
}

TEST_CASE("Inverses are rules again") {
  const auto inverse = [](std::string_view rules) {
    return to_text(inverse_of(parse_rules(rules), {}).rules);
  };
  CHECK(inverse("norm{1,2}.* -> layernorm_{before,after}.*\n"
                "qkv.* -> {query,key,value}.* | split(0)") ==
        "remap 1\nlayernorm_{before,after}.* -> norm{1,2}.*\n"
        "{query,key,value}.* -> qkv.* | cat(0)\n");
  CHECK(inverse("param h = 4\na -> b | t | rope_half(h) | permute(2, 0, 1) | roll(0, -1)") ==
        "remap 1\nparam h = 4\nb -> a | roll(0, -(-1)) | permute(1, 2, 0) | rope_pair(h) | t\n");
  CHECK(inverse("new x = zeros(2)\ndrop m.{i}.k = tril(4)\nm.{i}.w -> n.{i}.w") ==
        "remap 1\n? drop x\nnew m.{i}.k = tril(4) for n.{i}.w\nn.{i}.w -> m.{i}.w\n");
}

TEST_CASE("What does not come back is noted with its reason") {
  const auto notes = [](std::string_view rules) {
    std::vector<std::string> texts;
    for (const Problem& note : inverse_of(parse_rules(rules), {}).notes)
      texts.push_back(to_error(note).message());
    return join(texts, "; ");
  };
  CHECK(notes("drop a.*, b") == "line 1: N10: lost: a.*, b");
  CHECK(notes("a -> b | crop(0, 4 to 3)") == "line 1: N10: cropped rows are lost");
  CHECK(notes("a -> b | slice(0, 1:3)") == "line 1: N10: slice has no inverse");
  CHECK(notes("a.{e} -> b | cat(0)") ==
        "line 1: N10: cat: the number of {e} is not known from the result");
  CHECK(notes("a.{b:0..3}.{i} -> c.{b+2*i}") ==
        "line 1: N10: index not recoverable from the target key");
}

TEST_CASE("A count is found again from the keys of the other side") {
  const std::string rules = "let n = count(up.{k}.w)\nup.{n-1-i}.w -> down.{i}.w";
  const auto keys = vectors({"down.0.w", "down.1.w", "down.2.w"});
  const Inverse inverse = inverse_of(parse_rules(rules), {}, keys);
  CHECK(to_text(inverse.rules) == "remap 1\nparam n = 3\ndown.{i}.w -> up.{n-1-i}.w\n");
}

TEST_CASE("Overlapping rules are shown a key they have in common") {
  const auto warnings = [](std::string_view rules) {
    std::vector<std::string> texts;
    for (const Problem& problem : check_rules(parse_rules(rules), {}))
      if (problem.severity == Severity::warning) texts.push_back(to_error(problem).message());
    return join(texts, "; ");
  };
  CHECK(warnings("drop **.num\nbn{c}.* -> b.{c}.*") ==
        "line 2: W08: lines 1 and 2 both match e.g. bn0.num; line 1 wins");
  CHECK(warnings("a.{i+1} -> x.{i}\na.0 -> y") == "");
  CHECK(warnings("a.* -> x.*\nb.{i} -> x.{i}") ==
        "line 2: W09: lines 1 and 2 can both make e.g. x.0");
}

TEST_CASE("Keys that do not come back are listed") {
  const RuleSet rules = parse_rules("{a,b} -> c | cat(0)\nd -> =\ndrop e");
  const auto keys = keys_of({{"a", {1, 2}}, {"b", {3, 2}}, {"d", {2}}, {"e", {2}}});
  const Plan plan = make_plan(rules, {}, keys);
  std::vector<std::string> lost;
  for (const Problem& problem : check_return(rules, {}, keys, plan))
    lost.push_back(problem.keys.front());
  CHECK(lost == std::vector<std::string>{"a", "b", "e"});
}

TEST_CASE("Hostile rules end soon") {
  CHECK(planned(std::string(100'000, '(') + " -> b", vectors({"a"})).starts_with("line 1: E01"));
  CHECK(planned("{" + std::string(100'000, '(') + "i} -> b", vectors({"a"}))
            .starts_with("line 1: E01"));
  CHECK(planned("{i:0..999999999999} -> b", vectors({"a"})).starts_with("line 1: E06"));
  CHECK(planned("a.{9223372036854775807*i+9} -> b.{i}", vectors({"a.1"})) ==
        "D11: no rule for: a.1");
}

TEST_CASE("Of a long range only the numbers it holds are taken, and all must be there") {
  std::vector<KeyFacts> keys;
  for (int i = 100; i < 200; ++i) keys.push_back({.key = concat("e.", i, ".w"), .shape = {2}});
  const Plan plan = make_plan(parse_rules("e.{e:100..199}.w -> w | stack(0)"), {}, keys);
  REQUIRE(plan.outputs.size() == 1);
  CHECK(plan.steps[plan.outputs[0].step].shape == Shape{100, 2});
  CHECK(planned("e.{e:100..200}.w -> w | stack(0)", keys) ==
        "line 1: D13: incomplete group: 'e.200.w' is missing");
  CHECK(planned("e.{e:101..199}.w -> w | stack(0)", keys) == "D11: no rule for: e.100.w");
}

TEST_CASE("Rules with long ranges are held against each other at once") {
  const RuleSet rules = parse_rules("a.{x:0..99999}.w -> b.{x:0..99999}.w\na.777.* -> c.*");
  const std::vector<Problem> problems = check_rules(rules, {});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].code == "W08");
  CHECK(problems[0].keys == std::vector<std::string>{"a.777.w"});
}

TEST_CASE("Stars stand for any text, none included, as in patterns") {
  CHECK(planned("**norm** -> **NORM**\nkeep **", vectors({"norm_f.w", "a.norm", "fc"})) ==
        "NORM_f.w 2 <- norm_f.w; a.NORM 2 <- a.norm; fc 2 <- fc");
  CHECK(planned("fc*.w -> head*.w", vectors({"fc.w", "fc2.w"})) ==
        "head.w 2 <- fc.w; head2.w 2 <- fc2.w");
  CHECK(planned("keep **", vectors({""})) == " 2 <- ");
  CHECK(planned("a*b -> =", vectors({"a.b"})) == "D11: no rule for: a.b");
}

TEST_CASE("Stars that match nothing come back") {
  const RuleSet rules = parse_rules("**norm** -> **NORM**\nfc*.w -> head*.w");
  const std::vector<KeyFacts> keys = vectors({"norm", "x.norm.w", "fc.w"});
  const Plan plan = make_plan(rules, {}, keys);
  CHECK(check_return(rules, {}, keys, plan).empty());
}

TEST_CASE("A rule is not shadowed by one that takes longer texts only") {
  const auto codes = [](std::string_view text) {
    std::vector<std::string> found;
    for (const Problem& problem : check_rules(parse_rules(text), {}))
      found.emplace_back(problem.code);
    return join(found, " ");
  };
  CHECK(codes("a.{i}** -> x.{i}**\na.** -> y.**").find("E07") == std::string::npos);
  CHECK(codes("drop a**\na.** -> y.**").find("E07") != std::string::npos);
  CHECK(codes("drop a**b\nab -> c").find("E07") != std::string::npos);
}

TEST_CASE("A rule whose key names a module is told what lies below") {
  const Plan plan = make_plan(parse_rules("drop q.fc\nkeep **"), {}, vectors({"q.fc.w", "q.c.w"}));
  REQUIRE(plan.problems.size() == 1);
  CHECK(
      plan.problems[0].hint ==
      "did you mean q.fc.*? A rule names whole keys; a rule that may match nothing begins with ?");
  CHECK(make_plan(parse_rules("drop q\nkeep **"), {}, vectors({"q.fc.w"})).problems[0].hint ==
        "did you mean q.**? A rule names whole keys; a rule that may match nothing begins with ?");
}

TEST_CASE("An optional rule that is shadowed is a warning, as where it runs it is none") {
  const std::vector<KeyFacts> keys = vectors({"x.a", "y"});
  const RuleSet rules = parse_rules("? drop x.*\n? drop x.*\nkeep **");
  CHECK_FALSE(has_errors(make_plan(rules, {}, keys).problems));
  CHECK_FALSE(has_errors(check_rules(rules, {}, keys)));
  const RuleSet strict = parse_rules("drop x.*\ndrop x.*\nkeep **");
  CHECK(has_errors(make_plan(strict, {}, keys).problems));
  CHECK(has_errors(check_rules(strict, {}, keys)));
}

TEST_CASE("A rule that takes a key at hand is shadowed by none") {
  const RuleSet rules = parse_rules("drop x.{0,1,2,3,9,1234567}\nx.{i} -> y.{i}");
  const std::vector<KeyFacts> keys = vectors({"x.0", "x.5"});
  CHECK_FALSE(has_errors(make_plan(rules, {}, keys).problems));
  CHECK_FALSE(has_errors(check_rules(rules, {}, keys)));
}

TEST_CASE("A rule that is no UTF-8 is refused") {
  CHECK(planned("a -> b\xff", vectors({"a"})) == "line 1: E01: 'a -> b\\xff' is no UTF-8");
}
