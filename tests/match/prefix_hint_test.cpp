#include "ckpt/match/prefix_hint.hpp"

#include <doctest/doctest.h>

using namespace ckpt::match;

namespace {

const std::vector<NamedShape> bare{{"a.weight", {2, 3}}, {"a.bias", {2}}};

std::vector<NamedShape> below(const std::string& prefix) {
  std::vector<NamedShape> named = bare;
  for (NamedShape& one : named) one.name = prefix + one.name;
  return named;
}

}  // namespace

TEST_CASE("the prefix of one side is found, and which side has it") {
  const std::optional<PrefixHint> of_b = find_prefix_hint(bare, below("encoder."));
  REQUIRE(of_b);
  CHECK(of_b->cure == Cure::prefix_of_b);
  CHECK(of_b->prefix == "encoder.");
  CHECK(of_b->matching_count == 2);
  CHECK(option_text(*of_b) == "--strip-prefix encoder.");
  CHECK(find_prefix_hint(below("encoder."), bare)->cure == Cure::prefix_of_a);
}

TEST_CASE("wrappers are called by their name") {
  const std::optional<PrefixHint> hint = find_prefix_hint(below("module."), bare);
  REQUIRE(hint);
  CHECK(hint->cure == Cure::strip_wrappers);
  CHECK(option_text(*hint) == "--strip-wrappers");
}

TEST_CASE("there is no hint where names agree, or would not, or shapes are others") {
  CHECK_FALSE(find_prefix_hint(bare, bare));
  CHECK_FALSE(find_prefix_hint(bare, {{"x.weight", {2, 3}}, {"x.bias", {2}}}));
  CHECK_FALSE(find_prefix_hint(bare, {{"m.a.weight", {9, 9}}, {"m.a.bias", {9}}}));
}
