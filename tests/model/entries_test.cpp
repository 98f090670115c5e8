#include "ckpt/model/entries.hpp"

#include <doctest/doctest.h>

#include <string>

namespace ckpt::model {
namespace {

TEST_CASE("the entries with a text as key come in order, and others are passed over") {
  Tree tree;
  const NodeId three = tree.add_integer(3);
  const NodeId dict = tree.add_dict(std::vector<Entry>{{tree.add_integer(7), three},
                                                       {tree.add_text("weight"), three},
                                                       {tree.add_real(0.5), three},
                                                       {tree.add_text("bias"), tree.add_real(2)},
                                                       {tree.add_integer(8), three}});
  std::string names;
  for (const TextEntry entry : text_entries(tree, dict)) {
    CHECK(tree.text(entry.key) == entry.name);
    names += std::string(entry.name) + (entry.value == three ? "=3 " : "=other ");
  }
  CHECK(names == "weight=3 bias=other ");
}

TEST_CASE("what is no dict has no entries with a text as key") {
  Tree tree;
  const std::vector<NodeId> items{tree.add_text("weight")};
  for (const NodeId node : {tree.add_list(items), tree.add_dict({}), no_node})
    for (const TextEntry entry : text_entries(tree, node)) FAIL(entry.name);
}

TEST_CASE("an edit of entries may add nodes, and keeps type and attributes of the dict") {
  Tree tree;
  const NodeId attributes = tree.add_dict({});
  const NodeId dict = tree.add_dict(std::vector<Entry>{{tree.add_text("a"), tree.add_integer(1)}},
                                    DictType::ordered, attributes);
  edit_entries(tree, dict, [&](std::vector<Entry>& entries) {
    for (int i = 0; i < 100; ++i) entries.push_back({tree.add_integer(i), tree.add_integer(i)});
  });
  REQUIRE(tree.entries(dict).size() == 101);
  CHECK(tree.text(tree.entries(dict)[0].key) == "a");
  CHECK(tree.integer(tree.entries(dict)[100].value) == 99);
  CHECK(tree.dict_type(dict) == DictType::ordered);
  CHECK(tree.attributes(dict) == attributes);
}

}  // namespace
}  // namespace ckpt::model
