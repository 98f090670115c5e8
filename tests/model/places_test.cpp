#include "ckpt/model/places.hpp"

#include <doctest/doctest.h>

#include "ckpt/model/walk.hpp"
#include "model/tree_samples.hpp"

using ckpt::model::NodeId;
using ckpt::model::PlaceId;
using ckpt::model::Places;
using ckpt::model::Walk;
using ckpt::samples::TreeMaker;

namespace {

/// A place `depth` steps below the top, each of them the list index 0.
PlaceId add_chain(Places& places, std::size_t depth) {
  PlaceId place = Places::top;
  for (std::size_t i = 0; i < depth; ++i)
    place = places.add(place, {.type = ckpt::model::StepType::index, .index = i});
  return place;
}

}  // namespace

TEST_CASE("the text of a place is that of its path") {
  TreeMaker make;
  const NodeId root = make.dict({{"b", make.list({make.none(), make.none()})}, {"a", make.none()}});
  Places places;
  Walk walk(make.tree, root);
  while (walk.next()) {
    const PlaceId place = walk.place(places);
    CHECK(places.text(make.tree, place) == path_text(make.tree, walk.path()));
    CHECK(places.depth(place) == walk.depth());
  }
}

TEST_CASE("places of a walk share those above them, also where only some are asked for") {
  TreeMaker make;
  const NodeId root = make.dict({{"b", make.list({make.none(), make.none()})}});
  Places places;
  Walk walk(make.tree, root);
  std::vector<PlaceId> leaves;
  while (walk.next())
    if (walk.depth() == 2) leaves.push_back(walk.place(places));
  REQUIRE(leaves.size() == 2);
  CHECK(places.above(leaves[0]) == places.above(leaves[1]));
  CHECK(places.text(make.tree, leaves[1]) == "b:1");
}

TEST_CASE("every ancestor of a place is found by its depth") {
  Places places;
  const PlaceId last = add_chain(places, 1000);
  for (std::size_t depth = 1; depth <= 1000; ++depth)
    CHECK(places.step(places.ancestor(last, depth)).index == depth - 1);
  CHECK(places.ancestor(last, 0) == Places::top);
}

TEST_CASE("places compare as their texts do") {
  TreeMaker make;
  Places places;
  const auto add = [&](PlaceId above, const char* key) {
    return places.add(above, {.key = make.text(key)});
  };
  const PlaceId a = add(Places::top, "a");
  const std::vector<PlaceId> all{a,
                                 add(a, "x"),
                                 add(add(a, "x"), "y"),
                                 add(Places::top, "a-b"),
                                 add(Places::top, "b"),
                                 Places::top};
  for (const PlaceId one : all)
    for (const PlaceId other : all)
      CHECK(places.is_text_less(make.tree, one, other) ==
            (places.text(make.tree, one) < places.text(make.tree, other)));
}

TEST_CASE("a long path has its middle left out for people") {
  TreeMaker make;
  Places places;
  const PlaceId top = places.add(Places::top, {.key = make.text(std::string(3000, 'k').c_str())});
  CHECK(places.short_text(make.tree, top) == std::string(500, 'k') + "…" + std::string(500, 'k'));
  CHECK(places.short_text(make.tree, add_chain(places, 3)) == "0:1:2");
  const std::string deep = places.short_text(make.tree, add_chain(places, 50'000));
  CHECK(deep.starts_with("0:1:2:"));
  CHECK(deep.ends_with(":49998:49999"));
  CHECK(deep.size() < 1100);
}

TEST_CASE("the short text is the first and the last half kilobyte of the whole") {
  TreeMaker make;
  for (const std::size_t key_size : std::vector<std::size_t>{1, 2, 7, 400}) {
    const NodeId key = make.text(std::string(key_size, 'k').c_str());
    Places places;
    PlaceId place = Places::top;
    for (std::size_t depth = 1; depth <= 1100; ++depth) {
      place = places.add(place, {.key = key});
      if (depth > 4 && depth % 50 > 2) continue;
      for (const std::size_t from : {std::size_t{0}, depth / 3}) {
        const std::string whole = places.text_below(make.tree, place, from);
        const bool is_short = whole.size() <= 1000;
        CHECK(places.short_text(make.tree, place, from) ==
              (is_short ? whole : whole.substr(0, 500) + "…" + whole.substr(whole.size() - 500)));
      }
    }
  }
}

TEST_CASE("a place is told by its text and by its path") {
  TreeMaker make;
  const NodeId root = make.dict({{"a:b", make.list({make.none(), make.none()})}});
  Places places;
  Walk walk(make.tree, root);
  while (walk.next()) {
    const PlaceId place = walk.place(places);
    const std::string text = path_text(make.tree, walk.path());
    CHECK(places.is_text(make.tree, place, text));
    CHECK(places.is_at(place, walk.path()));
    CHECK_FALSE(places.is_text(make.tree, place, text + "0"));
    CHECK_FALSE(places.is_text(make.tree, place, "x:" + text));
    if (!text.empty()) CHECK_FALSE(places.is_text(make.tree, place, text.substr(1)));
    if (walk.depth() > 0) CHECK_FALSE(places.is_at(Places::top, walk.path()));
  }
}

TEST_CASE("texts of many places are whole until they take megabytes, then without their middle") {
  constexpr std::size_t count = 40;
  TreeMaker make;
  const std::string key(1 << 20, 'k');
  Places places;
  const PlaceId above = places.add(Places::top, {.key = make.text(key)});
  ckpt::model::PlaceTexts texts(make.tree, places);
  const auto text_of = [&] { return texts.text(places.add(above, {.key = make.text("end")})); };
  CHECK(text_of() == key + ":end");
  for (std::size_t i = 0; i < count; ++i) text_of();
  CHECK(text_of() == key.substr(0, 500) + "…" + key.substr(0, 496) + ":end");
}
