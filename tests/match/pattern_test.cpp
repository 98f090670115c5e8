// The table of patterns in README, row by row, and what is around it.
#include "ckpt/match/pattern.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/error_text.hpp"

using ckpt::match::Pattern;
using ckpt::match::PatternSet;
using ckpt::samples::error_of;
using Texts = std::vector<std::string>;

namespace {

bool matches(std::string_view pattern, std::string_view key) {
  return Pattern(pattern).matches(key);
}

/// Which of `keys` the patterns include.
Texts chosen(const Texts& patterns, const Texts& keys) {
  PatternSet set(patterns);
  Texts out;
  for (const std::string& key : keys)
    if (set.matches({key, key})) out.push_back(key);
  return out;
}

}  // namespace

TEST_CASE("a name matches that key and all below it") {
  CHECK(matches("layer1", "layer1"));
  CHECK(matches("layer1", "layer1.0.weight"));
  CHECK(matches("layer1.0", "layer1.0.weight"));
  CHECK_FALSE(matches("layer1", "layer10.weight"));
  CHECK_FALSE(matches("layer1", "model.layer1.weight"));
  CHECK_FALSE(matches("weight", "layer1.weight"));
}

TEST_CASE("a star stands for any text within a dotted part") {
  CHECK(matches("layer*.weight", "layer1.weight"));
  CHECK(matches("layer*.weight", "layer.weight"));
  CHECK(matches("*.weight", "fc.weight"));
  CHECK_FALSE(matches("*.weight", "layer1.0.weight"));
  CHECK_FALSE(matches("layer*.weight", "layer1.0.weight"));
  CHECK(matches("*", "layer1.0.weight"));  // layer1, and what lies below it
}

TEST_CASE("two stars stand for any text across parts") {
  CHECK(matches("**.bias", "layer1.0.bias"));
  CHECK(matches("**.bias", "fc.bias"));
  CHECK_FALSE(matches("**.bias", "bias"));
  CHECK(matches("**bias", "bias"));
  CHECK(matches("encoder.**.weight", "encoder.layer.0.weight"));
  CHECK(matches("**", "anything.at:all"));
  CHECK(matches("**", ""));
}

TEST_CASE("a question mark is one character of a part") {
  CHECK(matches("layer?", "layer1.weight"));
  CHECK_FALSE(matches("layer?", "layer12"));
  CHECK_FALSE(matches("layer?", "layer"));
  CHECK_FALSE(matches("a?b", "a.b"));
}

TEST_CASE("a character beyond ASCII is one character") {
  CHECK(matches("?.w", "\xc3\xa9.w"));          // é
  CHECK(matches("?.w", "\xe5\xa4\xb4.w"));      // 头
  CHECK(matches("?.w", "\xf0\x9f\x98\x80.w"));  // an emoji
  CHECK(matches("?.w", "\xed\xa0\x80.w"));      // half of a surrogate pair
  CHECK(matches("\xed\xa0\x80.w", "\xed\xa0\x80.w"));
  CHECK_FALSE(matches("??.w", "\xc3\xa9.w"));
  CHECK_FALSE(matches("???.w", "\xe5\xa4\xb4.w"));
  CHECK(matches("re:^.\\.w", "\xc3\xa9.w"));
  CHECK(matches("re:^[\xc3\xa9x]\\.w", "\xc3\xa9.w"));
}

TEST_CASE("in a key that is no UTF-8 each byte is a character") {
  CHECK(matches("?.w", "\xff.w"));
  CHECK(matches("??.w", "\xc3\xff.w"));
  CHECK(matches("re:^.\\.w", "\xff.w"));
}

TEST_CASE("a key in quotes is that text and nothing else") {
  const auto matches_subject = [](std::string_view pattern, const ckpt::match::Subject& subject) {
    return Pattern(pattern).matches(subject);
  };
  CHECK(matches_subject("\"0\"", {"0", "\"0\""}));
  CHECK_FALSE(matches_subject("\"0\"", {"0", "0", /*key_is_text=*/false}));
  CHECK(matches_subject("0", {"0", "\"0\""}));
  CHECK(matches_subject("0", {"0", "0", /*key_is_text=*/false}));
  CHECK(matches_subject("\"\"", {"", "\"\""}));
  CHECK(matches_subject("!\"-1\"", {"-1", "\"-1\""}));
  CHECK(matches_subject("\"a*\"", {"a*", "a*"}));
  CHECK_FALSE(matches_subject("\"a*\"", {"ab", "ab"}));
  CHECK(matches_subject("\"a:b.w\"", {"a:b.w", "model:\"a:b.w\""}));
  CHECK(matches_subject("\"\\\"q\\\"\"", {"\"q\"", "\"\\\"q\\\"\""}));
  CHECK(matches_subject("model:\"fc\":*", {std::nullopt, "model:fc:w"}));
  CHECK(matches_subject("model:\"0\"", {std::nullopt, "model:\"0\":w"}));
  CHECK(error_of([] { Pattern("\"a"); }) ==
        "usage: pattern '\"a': a quote is not closed [a backslash takes the next character "
        "literally: \\\"]");
}

TEST_CASE("a colon in a key is a character like any other") {
  CHECK(matches("a*.w", "a:b.w"));
  CHECK(matches("?:?.w", "a:b.w"));  // a path of two steps
  CHECK(matches("a?b.w", "a:b.w"));
  CHECK_FALSE(matches("a", "a:b.w"));
  const ckpt::match::Subject quoted{std::nullopt, "model:\"a:b.w\""};
  CHECK(Pattern("model:a*.w").matches(quoted));
  CHECK(Pattern("model:**.w").matches(quoted));
  CHECK_FALSE(Pattern("model:a:b.w").matches(quoted));
}

TEST_CASE("braces are alternatives, and may hold wildcards and braces") {
  CHECK(matches("{conv,bn}1", "conv1.weight"));
  CHECK(matches("{conv,bn}1", "bn1.bias"));
  CHECK_FALSE(matches("{conv,bn}1", "fc1"));
  CHECK(matches("{a*,b{1,2}}.w", "abc.w"));
  CHECK(matches("{a*,b{1,2}}.w", "b2.w"));
  CHECK_FALSE(matches("{a*,b{1,2}}.w", "b3.w"));
  CHECK(matches("fc{,2}.weight", "fc.weight"));
  CHECK(matches("a,b}", "a,b}"));  // outside of braces both are ordinary
}

TEST_CASE("a backslash takes the next character literally") {
  CHECK(matches("a\\*", "a*"));
  CHECK_FALSE(matches("a\\*", "ab"));
  CHECK(matches("\\{x\\}", "{x}"));
  CHECK(matches("a\\:b", "a:b"));
  CHECK_FALSE(Pattern("a\\:b").sees_whole_tree());
  CHECK(matches("end\\", "end\\"));
}

TEST_CASE("characters that mean something to regular expressions are ordinary") {
  CHECK(matches("a.b", "a.b"));
  CHECK_FALSE(matches("a.b", "axb"));
  CHECK(matches("a+(b)[c]^$|", "a+(b)[c]^$|"));
}

TEST_CASE("a regular expression is found anywhere unless it is anchored") {
  CHECK(matches("re:weight$", "layer1.0.weight"));
  CHECK(matches("re:^l.*\\d$", "layer1"));
  CHECK_FALSE(matches("re:^weight", "layer1.weight"));
  CHECK(matches("re:layer[12]", "model.layer2.bias"));
}

TEST_CASE("bytes that are no characters are matched like any others") {
  CHECK(matches("*.weight", "\xff\xfe.weight"));
  CHECK(matches("caf\xc3\xa9", "caf\xc3\xa9.weight"));
  CHECK(matches("a*", "a\nb"));
  CHECK(matches("**z", "a\nb.z"));
}

TEST_CASE("a colon makes a pattern see full paths") {
  CHECK(Pattern("optimizer:**").sees_whole_tree());
  CHECK_FALSE(Pattern("optimizer.**").sees_whole_tree());
  CHECK_FALSE(Pattern("re:a").sees_whole_tree());
  CHECK(matches("optimizer:**", "optimizer:state:0:exp_avg"));
  CHECK(matches("optimizer:state:*:exp_avg", "optimizer:state:0:exp_avg"));
  CHECK(matches("optimizer:state", "optimizer:state:0:exp_avg"));
  CHECK_FALSE(matches("optimizer:*", "model:fc.weight"));
  CHECK(matches(":epoch", "epoch"));
  CHECK(matches(":model", "model:fc.weight"));
}

TEST_CASE("what is not well-formed is named as it was written") {
  CHECK(error_of([] { Pattern("{a,b"); }) == "usage: pattern '{a,b': '{' is not closed");
  CHECK(error_of([] { Pattern("!{a"); }) == "usage: pattern '{a': '{' is not closed");
  CHECK(error_of([] { Pattern("re:("); }) == "usage: pattern 're:(': missing ): (");
}

TEST_CASE("of several patterns the last that matches decides") {
  const Texts keys = {"layer1.w", "layer2.w", "layer4.w", "fc.w"};
  CHECK(chosen({"layer*"}, keys) == Texts{"layer1.w", "layer2.w", "layer4.w"});
  CHECK(chosen({"layer*", "!layer4"}, keys) == Texts{"layer1.w", "layer2.w"});
  CHECK(chosen({"layer*", "!layer*", "layer2"}, keys) == Texts{"layer2.w"});
  CHECK(chosen({"!layer4", "layer*"}, keys) == Texts{"layer1.w", "layer2.w", "layer4.w"});
}

TEST_CASE("nothing but exclusions includes the rest") {
  CHECK(chosen({"!layer4", "!fc"}, {"layer1.w", "layer4.w", "fc.w"}) == Texts{"layer1.w"});
}

TEST_CASE("no pattern includes nothing") {
  CHECK(chosen({}, {"a"}).empty());
  CHECK(PatternSet().is_empty());
  CHECK_FALSE(PatternSet(Texts{"a"}).is_empty());
}

TEST_CASE("patterns that never matched are told, exclusions included") {
  PatternSet set(Texts{"layer*", "fc", "!head", "!layer1"});
  set.matches({"layer1.w", "layer1.w"});
  CHECK(set.unused() == Texts{"fc", "!head"});
}

TEST_CASE("values outside the root have a path and no key") {
  PatternSet set(Texts{"epoch", ":epoch"});
  CHECK(set.matches({std::nullopt, "epoch"}));
  CHECK(set.unused() == Texts{"epoch"});
  CHECK(set.sees_whole_tree());
  CHECK_FALSE(PatternSet(Texts{"a", "!b:c"}).sees_whole_tree());
}

TEST_CASE("a pattern of many stars takes no longer for a hostile key") {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  CHECK_FALSE(matches(pattern, std::string(100'000, 'a') + "b"));
}
