#include "ckpt/optim/join_like.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;

namespace {

/// Joins a. and b. in the groups of `like`; the numbers of steps tell whose state is where.
MergeReport join(TreeBuilder& a, const TreeBuilder& b, const TreeBuilder& like) {
  const model::Root root_a = model::find_root(a.tree);
  const model::Root root_b = model::find_root(b.tree);
  const model::Root root_like = model::find_root(like.tree);
  return join_optimizers_like(a.tree,
                              {{a.tree, root_a, "a.", "a.pt"}, {b.tree, root_b, "b.", "b.pt"}},
                              {like.tree, root_like, "", "ref.pt"}, Trust::assumed);
}

std::vector<double> steps_of(const model::Tree& tree) {
  std::vector<double> steps;
  const Optimizer optimizer = find_optimizers(tree).at(0);
  for (const Slot& slot : optimizer.slots)
    steps.push_back(
        slot.state == model::no_node ? -1 : *find_number(tree, tree.find(slot.state, "step")));
  return steps;
}

}  // namespace

TEST_CASE("states go where the reference has their parameters") {
  TreeBuilder a = training({{"x", {2}}, {"y", {3}}});
  const TreeBuilder b = training({{"x", {4}}, {"y", {5}}, {"z", {6}}});
  const TreeBuilder like =
      training({{"b.z", {6}}, {"a.y", {3}}, {"b.x", {4}}, {"b.y", {5}}, {"a.x", {2}}});
  const MergeReport report = join(a, b, like);
  CHECK(steps_of(a.tree) == std::vector<double>{3, 2, 1, 2, 1});
  CHECK(report.taken == 3);
  CHECK(report.remarks.empty());
}

TEST_CASE("states that the reference has no place for are left out, and said") {
  TreeBuilder a = training({{"x", {2}}, {"y", {3}}});
  const TreeBuilder b = training({{"x", {4}}});
  TreeBuilder like = training({{"a.x", {2}}, {"b.x", {4}}});
  CHECK(
      join(a, b, like).remarks ==
      std::vector<std::string>{"a.pt: 1 state of parameters that ref.pt does not train left out"});
  CHECK(steps_of(a.tree) == std::vector<double>{1, 1});
}

TEST_CASE("a parameter that nobody has is refused, with the closest names") {
  TreeBuilder a = training({{"x", {2}}});
  const TreeBuilder b = training({{"x", {4}}});
  const TreeBuilder like = training({{"a.x", {2}}, {"b.w", {4}}});
  CHECK_THROWS_WITH_AS(
      join(a, b, like),
      "ref.pt: optimizer 'optimizer': trains 'b.w', which no file to be joined has", Error);
}

TEST_CASE("a parameter of another shape is refused") {
  TreeBuilder a = training({{"x", {2}}});
  const TreeBuilder b = training({{"x", {4}}});
  const TreeBuilder like = training({{"a.x", {2}}, {"b.x", {5}}});
  CHECK_THROWS_WITH_AS(join(a, b, like), "ref.pt: 'b.x' has shape 5, in b.pt 4", Error);
}
