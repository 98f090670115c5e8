// Keys without a checkpoint, and rules without shapes.
#include "ckpt/match/key_list.hpp"

#include <doctest/doctest.h>

using namespace ckpt::match;

TEST_CASE("Names alone: one a line, blanks around them and empty lines are none of theirs") {
  const KeyList list = parse_key_list("a.weight\r\n\n  b c\n");
  REQUIRE(list.keys.size() == 2);
  CHECK(list.keys[0].key == "a.weight");
  CHECK(list.keys[1].key == "b c");
  CHECK(!list.has_shapes);
}

TEST_CASE("A JSON list has shapes and dtypes") {
  const KeyList list = parse_key_list(
      R"({"tensors": [{"key": "w", "dtype": "bfloat16", "shape": [2, 3], "bytes": 12}]})");
  REQUIRE(list.keys.size() == 1);
  CHECK(list.has_shapes);
  CHECK(list.keys[0].dtype == ckpt::model::DType::bfloat16);
  CHECK(list.keys[0].shape == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("Lists that cannot be keys are refused") {
  CHECK_THROWS_WITH_AS(parse_key_list("a\nb\na"), "the key 'a' is there twice", ckpt::Error);
  CHECK_THROWS_WITH_AS(parse_key_list("{}"), "expected a JSON object with a list \"tensors\"",
                       ckpt::Error);
  CHECK_THROWS_WITH_AS(parse_key_list(R"({"tensors": [{"key": "w"}]})"), "a tensor without 'dtype'",
                       ckpt::Error);
  CHECK_THROWS_WITH_AS(
      parse_key_list(R"({"tensors": [{"key": "w", "dtype": "f32", "shape": [-1]}]})"),
      "the shape of 'w'", ckpt::Error);
  CHECK_THROWS_WITH_AS(
      parse_key_list(
          R"({"tensors": [{"key": "w", "dtype": "f32", "shape": [9223372036854775808]}]})"),
      "the shape of 'w'", ckpt::Error);
}

TEST_CASE("Without shapes joins and splits are about names, and nothing is measured") {
  const RuleSet rules =
      without_shapes(parse_rules("param d = 1\n"
                                 "let n = dim(a.q, 0)\n"
                                 "a.{e}.{g:x,y} -> b | stack(e, d) | cat(g, d)\n"
                                 "c -> {d,e} | t | split(d, [n, 2])\n"
                                 "f -> f.{i} | unstack(0)\n"));
  CHECK(to_text(rules.rules[0]) == "a.{e}.{g:x,y} -> b | same(e) | same(g)");
  CHECK(to_text(rules.rules[1]) == "c -> {d,e} | copy");
  CHECK(to_text(rules.rules[2]) == "f -> f.{i} | copy(n=1)");
  CHECK(rules.declarations[1].expression == "9");
}
