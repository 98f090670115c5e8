#include "ckpt/pickle/graph.hpp"

#include <limits>
#include <stdexcept>

#include "pickle_samples.hpp"

namespace ckpt::pickle {

TEST_CASE("a list grows item by item and keeps their order") {
  Graph graph;
  const NodeId list = graph.add_list();
  CHECK(graph.items(list).empty());
  std::vector<NodeId> expected;
  for (int i = 0; i < 100; ++i) {
    expected.push_back(graph.add_integer(i));
    graph.append(list, expected.back());
    const std::span<const NodeId> items = graph.items(list);
    REQUIRE(std::vector(items.begin(), items.end()) == expected);
  }
}

TEST_CASE("a dict grows entry by entry, repeated keys included") {
  Graph graph;
  const NodeId dict = graph.add_dict();
  const NodeId key = graph.add_text("k");
  for (int i = 0; i < 5; ++i) graph.set_item(dict, key, graph.add_integer(i));
  graph.set_root(dict);
  CHECK(samples::show(graph) == "{'k': 0, 'k': 1, 'k': 2, 'k': 3, 'k': 4}");
}

TEST_CASE("tuples of every size keep their items") {
  Graph graph;
  std::vector<NodeId> items;
  for (int i = 0; i < 10; ++i) {
    const NodeId tuple = graph.add_tuple(items);
    const std::span<const NodeId> kept = graph.items(tuple);
    CHECK(std::vector(kept.begin(), kept.end()) == items);
    items.push_back(graph.add_none());
  }
}

TEST_CASE("text lives as long as the graph, wherever that moves") {
  Graph graph;
  const NodeId text = graph.add_text("abc");
  const NodeId global = graph.add_global(text, graph.add_text("C"));
  const std::string_view before = graph.text(text);
  const Graph moved = std::move(graph);
  CHECK(moved.text(text).data() == before.data());
  CHECK(moved.is_global(global, "abc", "C"));
  CHECK_FALSE(moved.is_global(text, "abc", "C"));
  CHECK(moved.is_text(text, "abc"));
  CHECK_FALSE(moved.is_text(global, "abc"));
}

TEST_CASE("numbers come back bit for bit") {
  Graph graph;
  const NodeId integer = graph.add_integer(std::numeric_limits<std::int64_t>::min());
  const NodeId real = graph.add_real(-0.0);
  CHECK(graph.integer(integer) == std::numeric_limits<std::int64_t>::min());
  CHECK(std::bit_cast<std::uint64_t>(graph.real(real)) == 0x8000'0000'0000'0000);
}

TEST_CASE("asking a node for what it is not is an internal error") {
  Graph graph;
  const NodeId none = graph.add_none();
  CHECK_THROWS_AS(graph.items(none), std::logic_error);
  CHECK_THROWS_AS(graph.text(none), std::logic_error);
  CHECK_THROWS_AS(graph.integer(none), std::logic_error);
  CHECK_THROWS_AS(graph.append(none, none), std::logic_error);
  CHECK_THROWS_AS(graph.add_text(Kind::tuple, ""), std::logic_error);
  CHECK_THROWS_AS(pickle(graph), std::logic_error);
}

TEST_CASE("every kind has a name for messages") {
  CHECK(kind_name(Kind::none) == "None");
  CHECK(kind_name(Kind::byte_array) == "a bytearray");
  CHECK(kind_name(Kind::persistent) == "a persistent reference");
  CHECK(kind_name(Kind::object) == "an object");
}

}  // namespace ckpt::pickle
