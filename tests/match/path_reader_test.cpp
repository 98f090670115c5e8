// Paths that are read step by step match what RE2 matches in the whole of them.
#include "ckpt/match/path_reader.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/model/key_path.hpp"

using ckpt::match::KeyReader;
using ckpt::match::PathReader;
using ckpt::match::Pattern;
using ckpt::match::PatternSet;
using ckpt::match::ReadPath;
using Texts = std::vector<std::string>;

namespace {

/// Puts pieces together at random; each seed gives its own texts.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t n) { return engine_() % n; }
  std::string text(const Texts& pieces, std::size_t most) {
    std::string out;
    for (std::size_t i = below(most + 1); i > 0; --i) out += pieces[below(pieces.size())];
    return out;
  }

 private:
  std::mt19937 engine_;
};

const Texts pieces_of_globs{"a", "b",     ".",        ":",   ":", "*", "**",
                            "?", "{a,b}", "{a*,:b,}", "\\*", "é", "c", "{{a,b}.?,c}"};
/// Characters of one to four bytes, a surrogate as Python writes it, an overlong '/', and bytes
/// that belong to no character.
const Texts pieces_of_keys{
    "a", "b", "c", ".", ":",  "\"",  "*", "é", "\xC3", "\xFF", "\\", "\xED\xA0\x80", "\xE0\x80\xAF",
    "€", "0", "1", "𝄞", "\n", "\x1F"};

std::string random_glob(Dice& dice) {
  for (;;) {
    std::string glob = dice.text(pieces_of_globs, 7);
    if (dice.below(8) == 0) glob += ":" + ckpt::model::key_text(dice.text(pieces_of_keys, 3));
    if (!glob.starts_with('!') && glob.find(':') != std::string::npos) return glob;
  }
}

/// Nothing for a glob that is not well-formed.
std::optional<Pattern> pattern_of(const std::string& glob) {
  try {
    return Pattern(glob);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

TEST_CASE("a path that is read step by step matches as the whole of it does") {
  Dice dice(1);
  std::size_t matched = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string glob = random_glob(dice);
    const std::optional<Pattern> pattern = pattern_of(glob);
    if (!pattern || !pattern->sees_whole_tree()) continue;
    PathReader reader(PatternSet(Texts{glob}));
    for (int path = 0; path < 20; ++path) {
      ReadPath read = PathReader::top;
      std::string text;
      for (std::size_t depth = 1 + dice.below(4); depth > 0; --depth) {
        const std::string step = ckpt::model::key_text(dice.text(pieces_of_keys, 3));
        text += text.empty() ? step : ":" + step;
        read = reader.below(read, step);
      }
      const bool expected = pattern->matches({.key = {}, .path = text});
      CAPTURE(glob);
      CAPTURE(text);
      REQUIRE(reader.matches(read)[0] == expected);
      matched += expected ? 1U : 0U;
    }
  }
  CHECK(matched > 1000);
}

TEST_CASE("the path without steps matches as the empty path does") {
  for (const char* glob : {"**:a", "{:a,}", "**{:,}", ":**", ":*", ":a"}) {
    CAPTURE(glob);
    const PathReader reader(PatternSet(Texts{glob}));
    const bool expected = Pattern(glob).matches({.key = {}, .path = ""});
    CHECK(reader.matches(PathReader::top)[0] == expected);
  }
}

TEST_CASE("each pattern of a set is read by itself, and those about keys read no paths") {
  PathReader reader(PatternSet(Texts{"a:b", "a", "!**:b", ":a:*:c"}));
  using Matches = std::vector<bool>;
  const ReadPath a = reader.below(PathReader::top, "a");
  const ReadPath b = reader.below(a, "b");
  CHECK(reader.matches(a) == Matches{false, false, false, false});
  CHECK(reader.matches(b) == Matches{true, false, true, false});
  CHECK(reader.matches(reader.below(b, "c")) == Matches{true, false, true, true});
  CHECK(reader.matches(reader.below(a, "c")) == Matches{false, false, false, false});
}

TEST_CASE("a path of a million steps is read in time that grows with it") {
  PathReader reader(PatternSet(Texts{"**:x:**", "**:k:k"}));
  ReadPath read = PathReader::top;
  for (int i = 0; i < 1'000'000; ++i) {
    read = reader.below(read, "k");
    if (reader.matches(read)[0]) FAIL("there is no x");
  }
  CHECK(reader.matches(read) == std::vector<bool>{false, true});
  CHECK(reader.matches(reader.below(read, "x")) == std::vector<bool>{false, true});
}
