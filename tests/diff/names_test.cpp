#include "ckpt/diff/names.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace ckpt::diff;

namespace {

NameId name_of(Names& names, const std::vector<std::string>& parts) {
  NameId id = Names::top;
  for (const std::string& part : parts)
    id = names.add(id, id == Names::top ? Joint::none : Joint::colon, part);
  return id;
}

}  // namespace

TEST_CASE("names of the same parts are one id") {
  Names names;
  const NameId a = name_of(names, {"model", "fc", "0"});
  CHECK(names.text(a) == "model:fc:0");
  CHECK(names.size_bytes(a) == 10);
  CHECK(name_of(names, {"model", "fc", "0"}) == a);
  CHECK(name_of(names, {"model", "fc", "1"}) != a);
  CHECK(names.text(Names::top).empty());
}

TEST_CASE("a part that looks like a number after a name is one") {
  Names names;
  const NameId numbered = names.add(name_of(names, {"a"}), Joint::number, "2");
  CHECK(names.text(numbered) == "a #2");
  CHECK(name_of(names, {"a #2"}) == numbered);
  CHECK(name_of(names, {"a #02"}) != numbered);
  CHECK(names.text(name_of(names, {"a #2 #3"})) == "a #2 #3");
  CHECK(names.text(name_of(names, {"#2"})) == "#2");
}

TEST_CASE("names have the order of their texts") {
  Names names;
  std::vector<NameId> ids;
  for (const char* first : {"a", "a!", "a:", "a.b", "b", "", "a\xff"})
    for (const char* second : {"", "x", "b", "x #2", "x!"}) {
      const std::vector<std::string> parts{first, second, second};
      for (std::size_t count = 1; count <= 3; ++count)
        ids.push_back(name_of(names, {parts.begin(), parts.begin() + static_cast<long>(count)}));
    }
  for (const NameId a : ids)
    for (const NameId b : ids) CHECK(names.is_less(a, b) == (names.text(a) < names.text(b)));
}

TEST_CASE("a text becomes another where the names differ") {
  Names names;
  const NameId a = name_of(names, {"model", "layer", "weight"});
  const NameId b = name_of(names, {"model", "layer", "bias", "x"});
  std::string text = names.text(a);
  names.rewrite(text, a, b);
  CHECK(text == "model:layer:bias:x");
  names.rewrite(text, b, Names::top);
  CHECK(text.empty());
}

TEST_CASE("the common end of two names is counted in bytes") {
  Names names;
  const auto common = [&](const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return names.common_end(name_of(names, a), name_of(names, b));
  };
  CHECK(common({"a", "fc", "weight"}, {"b", "fc", "weight"}) == 10);
  CHECK(common({"a", "fc"}, {"a", "fc"}) == 4);
  CHECK(common({"module.fc"}, {"fc"}) == 2);
  CHECK(common({"x", "y"}, {"x", "z"}) == 0);
  CHECK(common({"a:b", "c"}, {"b", "c"}) == 3);
}

TEST_CASE("names of a deep file cost no more than their parts") {
  constexpr std::size_t levels = 100'000;
  Names names;
  NameId id = Names::top;
  std::vector<NameId> leaves;
  for (std::size_t i = 0; i < levels; ++i) {
    leaves.push_back(names.add(id, Joint::colon, "w"));
    id = names.add(id, Joint::colon, "k");
  }
  CHECK(names.size() == 2 * levels + 1);
  std::ranges::sort(leaves, [&](NameId a, NameId b) { return names.is_less(a, b); });
  CHECK(names.size_bytes(leaves.front()) == 2 * levels);
  CHECK(names.text(leaves.back()) == ":w");
}
