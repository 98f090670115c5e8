#include "ckpt/base/closest.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using ckpt::find_closest;
using Names = std::vector<std::string>;

TEST_CASE("one letter replaced, missing, added or swapped is close") {
  for (const char* word : {"weigth", "weght", "weighht", "weigbt"}) {
    CAPTURE(word);
    CHECK(find_closest(word, {"bias", "weight"}) == Names{"weight"});
  }
}

TEST_CASE("a third of the letters may differ, more may not") {
  CHECK(find_closest("abcdef", {"abcxyf"}) == Names{"abcxyf"});
  CHECK(find_closest("abcdef", {"abxyzf"}).empty());
  CHECK(find_closest("ls", {"la"}) == Names{"la"});
  CHECK(find_closest("ls", {"xx"}).empty());
}

TEST_CASE("what ends with the word is closest of all") {
  CHECK(find_closest("fc.weight", {"fd.weight", "module.fc.weight"}) ==
        Names{"module.fc.weight", "fd.weight"});
}

TEST_CASE("nearest come first, ties in the order given, no more than asked for") {
  CHECK(find_closest("layer1", {"layer99", "layer2", "layer3", "layer4", "layer5"}) ==
        Names{"layer2", "layer3", "layer4"});
  CHECK(find_closest("layer1", {"layer2", "layer3"}, 1) == Names{"layer2"});
}

TEST_CASE("nothing is close to an empty word but one letter") {
  CHECK(find_closest("", {"a", "bb"}) == Names{"a"});
  CHECK(find_closest("word", {}).empty());
}

TEST_CASE("long candidates are compared by their ends only") {
  const std::string long_name = std::string(300, 'x') + ".weight";
  CHECK(find_closest(".weight", {long_name}) == Names{long_name});
  CHECK(find_closest(std::string(300, 'x') + ".weighs", {long_name}).empty());
}

TEST_CASE("words of people are misspelled, not guessed") {
  using ckpt::find_misspelled;
  CHECK(find_misspelled("lss", {"ls", "set"}) == Names{"ls"});
  CHECK(find_misspelled("fitler", {"filter"}) == Names{"filter"});
  CHECK(find_misspelled("sl", {"ls"}) == Names{"ls"});
  CHECK(find_misspelled("--hepl", {"--help"}) == Names{"--help"});
  CHECK(find_misspelled("--strip-prefx", {"--strip-prefix"}) == Names{"--strip-prefix"});
  CHECK(find_misspelled("compare", {"compact"}).empty());
  CHECK(find_misspelled("get", {"set"}).empty());
  CHECK(find_misspelled("--cast", {"--at"}).empty());
  CHECK(find_misspelled("--no-strict", {"--strict"}).empty());
  CHECK(find_misspelled("--device", {"--define"}).empty());
}

TEST_CASE("a suggestion is a question") {
  CHECK(ckpt::did_you_mean({"a"}) == "did you mean 'a'?");
  CHECK(ckpt::did_you_mean({"a", "b"}) == "did you mean 'a' or 'b'?");
  CHECK(ckpt::did_you_mean({"a", "b", "c"}) == "did you mean 'a', 'b' or 'c'?");
  CHECK(ckpt::did_you_mean({}).empty());
}
