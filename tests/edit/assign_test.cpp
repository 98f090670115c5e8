// Values set by path: what they become, and what is refused.
#include <doctest/doctest.h>

#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/assign.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using edit::assign;
using edit::Assigned;
using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

/// {'epoch': 3, 'lr': 0.5, 'name': 'run', 'best': None, 'amp': True, 'step': tensor(7.), 'groups':
/// [{'lr': 0.1, 'betas': shared}, {'lr': 0.2, 'betas': shared}]}
class Values : public optim::testing::TreeBuilder {
 public:
  Values() {
    const NodeId none = tree.add();
    tree.fill_none(none);
    const NodeId yes = tree.add();
    tree.fill_boolean(yes, true);
    betas = tuple({real(0.9), real(0.999)});
    first = dict({{"lr", real(0.1)}, {"betas", betas}});
    second = dict({{"lr", real(0.2)}, {"betas", betas}});
    tree.set_root(dict({{"epoch", tree.add_integer(3)},
                        {"lr", real(0.5)},
                        {"name", tree.add_text("run")},
                        {"best", none},
                        {"amp", yes},
                        {"step", tensor({}, 7)},
                        {"groups", list({first, second})}}));
  }

  NodeId at(std::string_view path) const { return model::find_path(tree, tree.root(), path); }
  std::vector<Assigned> set(const std::string& path, const std::string& value) {
    return assign(tree, std::array{edit::Assignment{path, value}});
  }

  NodeId betas = model::no_node;
  NodeId first = model::no_node;
  NodeId second = model::no_node;

 private:
  NodeId tuple(const std::vector<NodeId>& items) {
    const NodeId id = tree.add();
    tree.fill_items(id, Kind::tuple, items);
    return id;
  }
};

std::vector<double> numbers_in(const Tree& tree, NodeId sequence) {
  std::vector<double> numbers;
  for (const NodeId item : tree.items(sequence)) numbers.push_back(tree.real(item));
  return numbers;
}

}  // namespace

TEST_CASE("a value stays of the type that is there") {
  Values values;
  values.set("epoch", "0");
  REQUIRE(values.tree.is(values.at("epoch"), Kind::integer));
  CHECK(values.tree.integer(values.at("epoch")) == 0);
  values.set("lr", "3");
  REQUIRE(values.tree.is(values.at("lr"), Kind::real));
  CHECK(values.tree.real(values.at("lr")) == 3.0);
  values.set("name", "5");
  REQUIRE(values.tree.is(values.at("name"), Kind::text));
  CHECK(values.tree.text(values.at("name")) == "5");
  values.set("amp", "false");
  REQUIRE(values.tree.is(values.at("amp"), Kind::boolean));
  CHECK_FALSE(values.tree.boolean(values.at("amp")));
}

TEST_CASE("a tensor of one element stays one, of its dtype") {
  Values values;
  values.set("step", "0");
  const NodeId step = values.at("step");
  REQUIRE(values.tree.is(step, Kind::tensor));
  CHECK(values.tree.tensor(step).dtype == model::DType::float32);
  CHECK(values.tree.tensor(step).layout.shape.empty());
  CHECK(optim::find_number(values.tree, step) == 0.0);
}

/// {'model': {'a': t[0], 'b': t[0], 'c': t[1]}} of a t of two elements.
class Tied : public Values {
 public:
  Tied() {
    const NodeId a = tensor({2}, 1);
    const model::Tensor front = view(tree.tensor(a), 0);
    const model::Tensor back = view(tree.tensor(a), 1);
    tree.set_root(
        dict({{"model", dict({{"a", add(front)}, {"b", add(front)}, {"c", add(back)}})}}));
  }
  double number(std::string_view path) const {
    return optim::find_number(tree, at(path)).value_or(-1);
  }

 private:
  static model::Tensor view(model::Tensor tensor, std::int64_t offset) {
    tensor.layout = {{}, {}, offset};
    return tensor;
  }
  NodeId add(const model::Tensor& tensor) { return tree.add_tensor(tensor); }
};

TEST_CASE("what is tied to a tensor changes with it, and stays tied") {
  Tied values;
  const std::vector<Assigned> done = values.set("model:a", "0.1");
  REQUIRE(done.size() == 1);
  CHECK(done[0].before == "1.0");
  CHECK(done[0].after == "0.1");
  CHECK(values.number("model:a") == static_cast<double>(0.1F));
  CHECK(values.number("model:b") == static_cast<double>(0.1F));
  CHECK(values.number("model:c") == 1);
  const Tree& tree = values.tree;
  CHECK(tree.tensor(values.at("model:a")).storage == tree.tensor(values.at("model:c")).storage);
}

TEST_CASE("two numbers for what is tied are refused") {
  Tied values;
  values.set("model:*", "5");
  CHECK(values.number("model:c") == 5);
  const std::array both{edit::Assignment{"model:a", "5"}, edit::Assignment{"model:b", "6"}};
  CHECK_THROWS_WITH_AS(assign(values.tree, both),
                       "model:b: is tied to 'model:a', which is set to 5.0", Error);
}

TEST_CASE("None becomes what Python would read, and may take the place of a number") {
  Values values;
  values.set("best", "0.25");
  REQUIRE(values.tree.is(values.at("best"), Kind::real));
  CHECK(values.tree.real(values.at("best")) == 0.25);
  values.set("lr", "None");
  CHECK(values.tree.is(values.at("lr"), Kind::none));
}

TEST_CASE("what is of another type is refused, and changes nothing") {
  Values values;
  CHECK_THROWS_WITH_AS(values.set("epoch", "1.5"),
                       "epoch: is 3, of type int: expected an integer, got '1.5'", Error);
  CHECK_THROWS_WITH_AS(values.set("amp", "1"),
                       "amp: is True, of type bool: expected true or false, got '1'", Error);
  CHECK_THROWS_AS(values.set("lr", "fast"), Error);
  CHECK_THROWS_AS(values.set("groups:0:betas", "0.9"), Error);
  CHECK(values.tree.integer(values.at("epoch")) == 3);
  CHECK(values.tree.boolean(values.at("amp")));
  CHECK(values.tree.real(values.at("lr")) == 0.5);
  CHECK(numbers_in(values.tree, values.at("groups:0:betas")) == std::vector<double>{0.9, 0.999});
}

TEST_CASE("a star stands for any one step, in the order of the file") {
  Values values;
  const std::vector<Assigned> done = values.set("groups:*:lr", "1e-5");
  REQUIRE(done.size() == 2);
  CHECK(done[0].path == "groups:0:lr");
  CHECK(done[1].path == "groups:1:lr");
  CHECK(done[1].before == "0.2");
  CHECK(done[1].after == "1e-05");
  CHECK(values.tree.real(values.at("groups:0:lr")) == 1e-5);
  CHECK(values.tree.real(values.at("groups:1:lr")) == 1e-5);
  CHECK(values.tree.real(values.at("lr")) == 0.5);
}

TEST_CASE("two stars stand for any number of steps") {
  Values values;
  CHECK(values.set("**:lr", "0.125").size() == 3);
  CHECK(values.tree.real(values.at("lr")) == 0.125);
  CHECK(values.tree.real(values.at("groups:1:lr")) == 0.125);
}

TEST_CASE("a tuple that two groups share changes only where it was named") {
  Values values;
  values.set("groups:0:betas", "0.8,0.95");
  CHECK(numbers_in(values.tree, values.at("groups:0:betas")) == std::vector<double>{0.8, 0.95});
  CHECK(numbers_in(values.tree, values.at("groups:1:betas")) == std::vector<double>{0.9, 0.999});
  values.set("groups:1:betas:1", "0.5");
  CHECK(numbers_in(values.tree, values.at("groups:0:betas")) == std::vector<double>{0.8, 0.95});
  CHECK(numbers_in(values.tree, values.at("groups:1:betas")) == std::vector<double>{0.9, 0.5});
  CHECK(numbers_in(values.tree, values.betas) == std::vector<double>{0.9, 0.999});
}

TEST_CASE("both items of a shared tuple can be set, in every group that holds it") {
  Values values;
  values.set("groups:*:betas:*", "0.75");
  CHECK(numbers_in(values.tree, values.at("groups:0:betas")) == std::vector<double>{0.75, 0.75});
  CHECK(numbers_in(values.tree, values.at("groups:1:betas")) == std::vector<double>{0.75, 0.75});
}

TEST_CASE("a path that leads nowhere names the closest") {
  Values values;
  try {
    values.set("group:0:lr", "1");
    FAIL("nothing lies there");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "nothing lies at 'group:0:lr'");
    CHECK(error.hint().starts_with("did you mean 'groups:0:lr'"));
  }
}

TEST_CASE("an assignment is split at the first equals sign outside quotes") {
  const edit::Assignment plain = edit::parse_assignment("name=a=b");
  CHECK(plain.path == "name");
  CHECK(plain.value == "a=b");
  const edit::Assignment quoted = edit::parse_assignment("\"k=v\":x=1");
  CHECK(quoted.path == "\"k=v\":x");
  CHECK(quoted.value == "1");
  CHECK_THROWS_WITH_AS(edit::parse_assignment("epoch"), "expected PATH=VALUE, got 'epoch'", Error);
}

namespace {

/// One tensor of one element at 'model:t'.
class One : public Values {
 public:
  One(model::DType dtype, std::size_t bytes) {
    model::Tensor made;
    made.dtype = dtype;
    made.storage =
        tree.add_storage({.blob = model::make_memory_blob(Bytes(bytes)), .dtype = dtype});
    const NodeId id = tree.add();
    tree.fill_tensor(id, made);
    tree.set_root(dict({{"t", id}}));
  }
  std::string after(const std::string& value) { return set("t", value).at(0).after; }
  Bytes bytes() const {
    const model::Blob& blob =
        *tree.storage_of(tree.tensor(model::find_path(tree, tree.root(), "t")).storage).blob;
    Bytes all(blob.size_bytes());
    model::read_exactly(blob, 0, all);
    return all;
  }
};

}  // namespace

TEST_CASE("integers are set exactly, to the ends of their types") {
  One large(model::DType::uint64, 8);
  CHECK(large.after("18446744073709551615") == "18446744073709551615");
  CHECK(large.bytes() == Bytes(8, std::byte{0xff}));
  CHECK(large.after("9223372036854775809") == "9223372036854775809");
  CHECK_THROWS_WITH_AS(large.set("t", "18446744073709551616"),
                       "t: is uint64 scalar, of type tensor: expected a number of uint64, got "
                       "'18446744073709551616'",
                       Error);
  One whole(model::DType::int64, 8);
  CHECK(whole.after("-9223372036854775808") == "-9223372036854775808");
  CHECK(whole.after("9007199254740993") == "9007199254740993");
  CHECK_THROWS_AS(whole.set("t", "9223372036854775808"), Error);
  CHECK_THROWS_AS(whole.set("t", "-9223372036854775809"), Error);
}

TEST_CASE("booleans and complex numbers are set as Python writes them") {
  One truth(model::DType::boolean, 1);
  CHECK(truth.after("True") == "True");
  CHECK(truth.after("0") == "False");
  CHECK_THROWS_AS(truth.set("t", "2"), Error);
  One complex(model::DType::complex64, 8);
  CHECK(complex.after("1-2.5j") == "1.0-2.5j");
  CHECK(complex.after("(1e-3+2e+2j)") == "0.001+200.0j");
  CHECK(complex.after("-3j") == "0.0-3.0j");
  CHECK(complex.after("4") == "4.0+0.0j");
  CHECK_THROWS_AS(complex.set("t", "1+j2"), Error);
}

TEST_CASE("what was there already is no change") {
  Values values;
  CHECK_FALSE(values.set("epoch", "3")[0].is_changed);
  CHECK_FALSE(values.set("step", "7")[0].is_changed);
  CHECK_FALSE(values.set("groups:0:betas", "0.9,0.999")[0].is_changed);
  CHECK(values.set("epoch", "4")[0].is_changed);
  CHECK(values.set("step", "8")[0].is_changed);
  CHECK(values.set("groups:0:betas", "0.9,0.99")[0].is_changed);
}

TEST_CASE("an assignment that is refused leaves what earlier ones set as it was") {
  Values values;
  const std::vector<edit::Assignment> assignments{{"epoch", "4"}, {"lr", "fast"}};
  CHECK_THROWS_AS(assign(values.tree, assignments), Error);
  CHECK(values.tree.integer(values.at("epoch")) == 3);
}
