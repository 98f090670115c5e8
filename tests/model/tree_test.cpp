#include "ckpt/model/tree.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "base/error_text.hpp"
#include "model/tree_samples.hpp"

using ckpt::model::DictType;
using ckpt::model::Entry;
using ckpt::model::Kind;
using ckpt::model::no_node;
using ckpt::model::NodeId;
using ckpt::model::Tree;
using ckpt::samples::error_of;
using ckpt::samples::TreeMaker;

TEST_CASE("a node holds what it was filled with") {
  TreeMaker make;
  const Tree& tree = make.tree;
  CHECK(tree.is(make.none(), Kind::none));
  CHECK(tree.boolean(make.boolean(true)));
  CHECK(tree.integer(make.integer(-5)) == -5);
  CHECK(tree.real(make.real(0.1)) == 0.1);
  CHECK(tree.text(make.text_of(Kind::bytes, "\xff\xfe")) == "\xff\xfe");
  CHECK(tree.symbol(make.symbol("torch", "float32")) == ckpt::model::Symbol{"torch", "float32"});
  CHECK(tree.tensor(make.tensor({2, 3})).layout.shape == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("a node that was only added is None") {
  Tree tree;
  CHECK(tree.root() == no_node);
  CHECK(tree.is(tree.add(), Kind::none));
  CHECK(tree.size() == 1);
}

TEST_CASE("two references to one list are one list") {
  TreeMaker make;
  const NodeId shared = make.list({make.integer(1)});
  const NodeId pair = make.tuple({shared, shared});
  const NodeId items[] = {make.integer(1), make.integer(2)};
  make.tree.set_items(shared, items);
  CHECK(make.tree.items(pair)[0] == make.tree.items(pair)[1]);
  CHECK(make.tree.items(make.tree.items(pair)[1]).size() == 2);
}

TEST_CASE("texts of at most one character are one node a value, as in CPython") {
  Tree tree;
  CHECK(tree.add_text("a") == tree.add_text("a"));
  CHECK(tree.add_text("") == tree.add_text(""));
  CHECK(tree.add_text("\xc3\xa9") == tree.add_text("\xc3\xa9"));
  CHECK(tree.add_text("a") != tree.add_text("b"));
  CHECK(tree.add_text("ab") != tree.add_text("ab"));
  CHECK(tree.add_text("\xe2\x82\xac") != tree.add_text("\xe2\x82\xac"));  // beyond U+00FF
}

TEST_CASE("an edited dict keeps its identity, type and attributes") {
  TreeMaker make;
  const NodeId attributes = make.dict({{"_metadata", make.none()}});
  const NodeId dict = make.ordered({{"a", make.integer(1)}, {"b", make.integer(2)}}, attributes);
  const Entry kept[] = {make.tree.entries(dict)[1]};
  make.tree.set_entries(dict, kept);
  CHECK(make.keys(dict) == std::vector<std::string>{"b"});
  CHECK(make.tree.dict_type(dict) == DictType::ordered);
  CHECK(make.tree.attributes(dict) == attributes);
  make.tree.set_attributes(dict, no_node);
  CHECK(make.tree.attributes(dict) == no_node);
}

TEST_CASE("of repeated keys the last counts") {
  TreeMaker make;
  const NodeId last = make.integer(2);
  const NodeId dict = make.dict({{"key", make.integer(1)}, {"key", last}});
  CHECK(make.tree.find(dict, "key") == last);
  CHECK(make.tree.entries(dict).size() == 2);
}

TEST_CASE("a key is found only by its own text") {
  TreeMaker make;
  const NodeId dict =
      make.dict_of(DictType::plain,
                   {{make.integer(0), make.none()}, {make.text_of(Kind::bytes, "b"), make.none()}});
  CHECK(make.tree.find(dict, "0") == no_node);
  CHECK(make.tree.find(dict, "b") == no_node);
  CHECK(make.tree.find(make.integer(3), "a") == no_node);
  CHECK(make.tree.find(no_node, "a") == no_node);
}

TEST_CASE("a list may contain itself") {
  TreeMaker make;
  const NodeId list = make.list({});
  const NodeId items[] = {list};
  make.tree.set_items(list, items);
  CHECK(make.tree.items(list)[0] == list);
}

TEST_CASE("a node that is filled again is something else") {
  TreeMaker make;
  const NodeId id = make.tensor({2});
  make.tree.fill_integer(id, 7);
  CHECK(make.tree.integer(id) == 7);
}

TEST_CASE("asking a node for what it is not is an internal error") {
  TreeMaker make;
  const NodeId none = make.none();
  CHECK_THROWS_AS(make.tree.text(none), std::logic_error);
  CHECK_THROWS_AS(make.tree.items(none), std::logic_error);
  CHECK_THROWS_AS(make.tree.entries(none), std::logic_error);
  CHECK_THROWS_AS(make.tree.tensor(none), std::logic_error);
  CHECK_THROWS_AS(make.tree.fill_text(none, Kind::list, ""), std::logic_error);
  CHECK_THROWS_AS(make.tree.fill_items(none, Kind::text, {}), std::logic_error);
}

TEST_CASE("storages are numbered in the order in which they came") {
  TreeMaker make;
  const ckpt::model::StorageId first = make.storage(12, ckpt::model::DType::float32);
  const ckpt::model::StorageId second = make.storage(5);
  CHECK(make.tree.storages().size() == 2);
  CHECK(make.tree.storage_of(first).size_bytes() == 12);
  CHECK(make.tree.storage_of(second).dtype == std::nullopt);
  make.tree.mutable_storage(second).location = "cuda:0";
  CHECK(make.tree.storage_of(second).location == "cuda:0");
}

TEST_CASE("a text that is no UTF-8 is none, as torch could not read it back") {
  Tree tree;
  CHECK(tree.text(tree.add_text("\xed\xa0\x80")) == "\xed\xa0\x80");  // surrogates stand alone
  CHECK(error_of([&] { tree.add_text("x\xc3.w"); }) ==
        "usage: 'x\\xc3.w' is no UTF-8, so no text of a checkpoint [names and values that the "
        "command line gives have to be UTF-8]");
}
