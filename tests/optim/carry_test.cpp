#include "ckpt/optim/carry.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;

namespace {

const std::vector<Named> three{{"a", {4}}, {"b", {4}}, {"c", {4}}};

/// Steps of the states in the order of the ids: they tell whose state it was.
std::vector<double> steps_of(const model::Tree& tree) {
  std::vector<double> steps;
  const Optimizer optimizer = find_optimizers(tree).at(0);
  for (const Slot& slot : optimizer.slots)
    steps.push_back(
        slot.state == model::no_node ? -1 : *find_number(tree, tree.find(slot.state, "step")));
  return steps;
}

std::vector<std::string> labels_of(const model::Tree& tree) {
  std::vector<std::string> labels;
  const Optimizer optimizer = find_optimizers(tree).at(0);
  for (const Slot& slot : optimizer.slots) labels.push_back(slot.label);
  return labels;
}

CarryReport carry_over(TreeBuilder& made, const RootEdit& edit, const CarryOptions& options = {}) {
  const model::Root root = model::find_root(made.tree);
  return carry(made.tree, {made.tree, root}, edit, options);
}

RootEdit drop(const TreeBuilder& made, std::string_view gone) {
  return make_root_edit(made.tree, model::find_root(made.tree).node,
                        [&](std::string_view name) -> std::optional<std::string> {
                          if (name == gone) return std::nullopt;
                          return std::string(name);
                        });
}

}  // namespace

TEST_CASE("a dropped parameter takes its state along, and ids count again") {
  TreeBuilder made = training(three);
  const CarryReport report = carry_over(made, drop(made, "b"));
  CHECK(steps_of(made.tree) == std::vector<double>{1, 3});
  CHECK(labels_of(made.tree) == std::vector<std::string>{"0", "1"});
  CHECK(report.dropped_entries == 1);
  CHECK(report.has_changed);
}

TEST_CASE("a renaming changes nothing in an optimizer without names") {
  TreeBuilder made = training(three);
  const RootEdit edit =
      make_root_edit(made.tree, model::find_root(made.tree).node,
                     [](std::string_view name) { return "x." + std::string(name); });
  CHECK_FALSE(carry_over(made, edit).has_changed);
  CHECK(steps_of(made.tree) == std::vector<double>{1, 2, 3});
}

TEST_CASE("states follow their parameters into another order") {
  TreeBuilder made = training(three);
  const RootEdit edit{{{"c", {"c"}}, {"a", {"a"}}, {"b", {"b"}}}};
  carry_over(made, edit);
  CHECK(steps_of(made.tree) == std::vector<double>{3, 1, 2});
}

TEST_CASE("a duplicated parameter gets a state on storages of its own") {
  TreeBuilder made = training(three);
  carry_over(made, {{{"a", {"a"}}, {"a2", {"a"}}, {"b", {"b"}}, {"c", {"c"}}}});
  CHECK(steps_of(made.tree) == std::vector<double>{1, 1, 2, 3});
  const Optimizer optimizer = find_optimizers(made.tree).at(0);
  const auto storage = [&](std::size_t slot) {
    return made.tree.tensor(made.tree.find(optimizer.slots[slot].state, "step")).storage;
  };
  CHECK(storage(0) != storage(1));
}

TEST_CASE("parts with unequal steps cannot become one") {
  TreeBuilder made = training(three);
  const TensorOperation first = [](model::Tree&, std::span<const model::NodeId> sources) {
    return sources.front();
  };
  CHECK_THROWS_WITH_AS(carry_over(made, {{{"ab", {"a", "b"}, first}, {"c", {"c"}}}}),
                       "the state of 'ab' cannot be made: 'step' is 1.0 in one source and 2.0 in "
                       "another",
                       Error);
}

TEST_CASE("drop, reset and keep do what they say") {
  CarryOptions options{.treatment = Treatment::drop};
  TreeBuilder dropped = training(three);
  carry_over(dropped, drop(dropped, "b"), options);
  CHECK(find_optimizers(dropped.tree).empty());

  options.treatment = Treatment::reset;
  TreeBuilder reset = training(three);
  carry_over(reset, drop(reset, "b"), options);
  CHECK(steps_of(reset.tree) == std::vector<double>{-1, -1});

  options.treatment = Treatment::keep;
  TreeBuilder kept = training(three);
  const CarryReport report = carry_over(kept, drop(kept, "b"), options);
  CHECK(steps_of(kept.tree) == std::vector<double>{1, 2, 3});
  CHECK(report.remarks ==
        std::vector<std::string>{
            "optimizer 'optimizer': kept, with states of parameters that are gone"});
}

TEST_CASE("an undecided edit is refused, and changes nothing") {
  TreeBuilder made;
  const model::NodeId model = made.dict({{"a", made.tensor({4}, 0)}, {"b", made.tensor({4}, 0)}});
  made.tree.set_root(made.dict({{"model", model}, {"optimizer", made.adam({{4}})}}));
  CHECK_THROWS_AS(carry_over(made, drop(made, "b")), Error);
  CHECK(steps_of(made.tree) == std::vector<double>{1});
}

TEST_CASE("a list aligned with two optimizers is cut once") {
  TreeBuilder made;
  std::vector<std::pair<std::string, model::NodeId>> values;
  std::vector<Shape> shapes;
  for (std::int64_t i = 1; i <= 3; ++i) {
    shapes.push_back({i});
    values.emplace_back(std::string(1, static_cast<char>('a' + i - 1)), made.tensor({i}, 0));
  }
  std::vector<model::NodeId> averages;
  for (const Shape& shape : shapes) averages.push_back(made.tensor(shape, 1));
  const model::NodeId list = made.list(averages);
  made.tree.set_root(made.dict({{"model", made.dict(values)},
                                {"first", made.adam(shapes)},
                                {"second", made.adam(shapes)},
                                {"shadow_params", list}}));
  const CarryReport report = carry_over(made, drop(made, "b"));
  CHECK(report.dropped_entries == 2);
  const std::vector<model::NodeId> expected{averages[0], averages[2]};
  CHECK(std::ranges::equal(made.tree.items(list), expected));
}

TEST_CASE("thousands of optimizers of one model are carried in time that grows with the file") {
  TreeBuilder made;
  std::vector<std::pair<std::string, model::NodeId>> values{
      {"model", made.dict({{"a", made.tensor({4}, 0)}})}};
  for (int i = 0; i < 3000; ++i) values.emplace_back("o" + std::to_string(i), made.adam({{4}}));
  made.tree.set_root(made.dict(values));
  const CarryReport report = carry_over(
      made, make_root_edit(made.tree, model::find_root(made.tree).node, [](std::string_view name) {
        return std::optional("m." + std::string(name));
      }));
  CHECK(report.optimizers == 3000);
  CHECK(report.kept_entries == 3000);
}
