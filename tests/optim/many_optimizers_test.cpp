// Files with many optimizers and many state dicts.
#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "ckpt/optim/identify.hpp"
#include "ckpt/optim/merge.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;

namespace {

/// {m0: {w}, o0: an Adam of w, m1: ...}; the weights of each have the length that `size` gives.
template <class Size>
TreeBuilder pairs(std::int64_t count, Size size) {
  TreeBuilder made;
  std::vector<std::pair<std::string, model::NodeId>> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const Shape shape{size(i)};
    values.emplace_back("m" + std::to_string(i), made.dict({{"w", made.tensor(shape, 0)}}));
    values.emplace_back("o" + std::to_string(i), made.adam({shape}));
  }
  made.tree.set_root(made.dict(values));
  return made;
}

std::int64_t four(std::int64_t) { return 4; }
std::int64_t one_more(std::int64_t i) { return i + 1; }

constexpr std::string_view too_many =
    "there are too many optimizers and state dicts to try each with each";

}  // namespace

TEST_CASE("a hundred optimizers find the state dicts that they fit") {
  const TreeBuilder made = pairs(100, one_more);
  const auto all = identify(made.tree, made.tree);
  REQUIRE(all.size() == 100);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].resolution.level == Level::proved);
    CHECK(all[i].resolution.part == "m" + std::to_string(i));
    CHECK(all[i].resolution.names == std::vector<std::string>{"w"});
  }
}

TEST_CASE("of thousands of optimizers and state dicts the names are left open") {
  const TreeBuilder made = pairs(3000, four);
  const auto all = identify(made.tree, made.tree);
  REQUIRE(all.size() == 3000);
  for (const Identified& identified : all) {
    CHECK(identified.resolution.level == Level::none);
    CHECK(identified.resolution.rule == too_many);
  }
}

TEST_CASE("of thousands of optimizers the one that is asked for gets names") {
  const TreeBuilder made = pairs(3000, one_more);
  const auto all = identify(made.tree, made.tree, {.at = "o7"});
  REQUIRE(all.size() == 3000);
  CHECK(all[7].resolution.level == Level::proved);
  CHECK(all[7].resolution.part == "m7");
  CHECK(all[7].resolution.names == std::vector<std::string>{"w"});
  CHECK(all[8].resolution.rule == too_many);
}

TEST_CASE("what is said about one of thousands of optimizers needs its path") {
  const TreeBuilder made = pairs(3000, one_more);
  Overrides said;
  said.order = {"w"};
  CHECK_THROWS_WITH_AS(identify(made.tree, made.tree, {.overrides = said}),
                       "3000 optimizers without names in the file: which one is meant", Error);
}

TEST_CASE("thousands of schedulers are joined with those of the other file") {
  const auto make = [](std::int64_t epoch) {
    TreeBuilder made;
    std::vector<std::pair<std::string, model::NodeId>> values{
        {"model", made.dict({{"w", made.tensor({4}, 0)}})}, {"optimizer", made.adam({{4}})}};
    for (int i = 0; i < 4000; ++i)
      values.emplace_back("s" + std::to_string(i),
                          made.dict({{"last_epoch", made.tree.add_integer(epoch)},
                                     {"base_lrs", made.list({made.real(0.5)})}}));
    made.tree.set_root(made.dict(values));
    return made;
  };
  TreeBuilder first = make(3);
  const TreeBuilder second = make(4);
  const MergeReport report =
      join_optimizers(first.tree, second.tree, "a.", "b.", {.groups = GroupJoin::per_source});
  const model::Tree& tree = first.tree;
  const model::NodeId last = tree.find(tree.root(), "s3999");
  CHECK(tree.items(tree.find(last, "base_lrs")).size() == 2);
  REQUIRE(report.remarks.size() == 4000);
  CHECK(report.remarks.back() == "scheduler 's3999': counters differ; the first file's are kept");
}
