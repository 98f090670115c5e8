#include "ckpt/match/align_given.hpp"

#include <doctest/doctest.h>

#include "match/align_samples.hpp"

using namespace ckpt::samples;
using ckpt::match::GivenRules;
using ckpt::match::parse_rules;
using Texts = std::vector<std::string>;

namespace {

Model old_names() {
  Model model;
  for (int i = 0; i < 2; ++i) {
    add(model, ckpt::concat("h.", i, ".qkv"), {6, 4});
    add(model, ckpt::concat("h.", i, ".norm1"), {4});
    add(model, ckpt::concat("h.", i, ".norm2"), {4});
  }
  add(model, "mask", {3});
  return model;
}

Model new_names() {
  Model model;
  for (int i = 0; i < 2; ++i) {
    for (const char* part : {"q", "k", "v"}) add(model, ckpt::concat("l.", i, ".", part), {2, 4});
    add(model, ckpt::concat("l.", i, ".before"), {4});
    add(model, ckpt::concat("l.", i, ".after"), {4});
  }
  add(model, "ids", {5});
  return model;
}

ckpt::match::Alignment align_with(const GivenRules& given) {
  return ckpt::match::align(
      old_names(), new_names(),
      {.settled = given.pairs, .left_out_a = given.left_out_a, .left_out_b = given.left_out_b});
}

Texts messages_of(std::string_view rules) {
  Texts messages;
  for (const ckpt::match::Problem& problem :
       apply_given(parse_rules(rules), {}, old_names(), new_names()).problems)
    messages.push_back(to_error(problem).message());
  return messages;
}

}  // namespace

TEST_CASE("what partial rules take is settled, the rest is matched") {
  const Model a = old_names(), b = new_names();
  const auto rules = parse_rules(
      "h.{i}.qkv -> l.{i}.{q,k,v} | split(0)\nh.{i}.norm1 -> l.{i}.after\n"
      "drop mask\nnew ids = arange(5)");
  const GivenRules given = apply_given(rules, {}, a, b);
  CHECK(given.problems.empty());
  const auto alignment = align_with(given);
  CHECK(pairs_of(alignment, a, b) ==
        Texts{"h.0.qkv => l.0.q+l.0.k+l.0.v", "h.0.norm1 => l.0.after", "h.0.norm2 => l.0.before",
              "h.1.qkv => l.1.q+l.1.k+l.1.v", "h.1.norm1 => l.1.after", "h.1.norm2 => l.1.before"});
  CHECK(alignment.only_a.empty());
  CHECK(alignment.only_b.empty());
  auto found = make_rules(alignment, a, b);
  add_given(found, given, alignment);
  Texts texts;
  for (const auto& rule : found) texts.push_back(rule.text());
  CHECK(texts == Texts{"h.{i}.qkv -> l.{i}.{q,k,v} | split(0)", "h.{i}.norm1 -> l.{i}.after",
                       "h.{i}.norm2 -> l.{i}.before"});
  CHECK(rule_file_text(alignment, found, a, b, ckpt::match::OpenPairs::as_comments, rules) ==
        "remap 1\nh.{i}.qkv -> l.{i}.{q,k,v} | split(0)\nh.{i}.norm1 -> l.{i}.after\ndrop mask\n"
        "new ids = arange(5)\nh.{i}.norm2 -> l.{i}.before\n");
}

TEST_CASE("partial rules are held against the names and shapes of B") {
  CHECK(messages_of("h.{i}.norm1 -> l.{i}.befor") ==
        Texts{"line 1: D17: 'l.0.befor' is not in B", "line 1: D17: 'l.1.befor' is not in B"});
  CHECK(messages_of("# a comment\nmask -> ids") == Texts{"line 2: D17: 'ids' is 3, B has 5"});
  CHECK(messages_of("masks -> ids") == Texts{"line 1: D14: matches no key: masks -> ids"});
}
