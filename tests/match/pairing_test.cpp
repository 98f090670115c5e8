#include "ckpt/match/pairing.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "model/tree_samples.hpp"

using namespace ckpt;
using namespace ckpt::match;
using model::DType;
using model::Role;
using samples::error_of;
using Indices = std::vector<std::size_t>;
using Shape = std::vector<std::int64_t>;

namespace {

Named named(std::string name, const Shape& shape, DType dtype = DType::float32,
            Role role = Role::parameter) {
  Named entry{.name = name, .common_name = name};
  entry.tensor = model::Tensor{.dtype = dtype, .layout = samples::TreeMaker::dense(shape)};
  entry.role = role;
  return entry;
}

bool casts_everything(DType, DType) { return true; }

Fit fit_of(const Named& source, const Named& target, const PairingOptions& options = {}) {
  const Pairing pairing = pair_by_name({source}, {target}, options);
  REQUIRE(pairing.pairs.size() == 1);
  return pairing.pairs[0].fit;
}

Fit fit_of_shapes(const Shape& source, const Shape& target, ShapeRule rule) {
  return fit_of(named("a", source), named("a", target), {.shapes = rule});
}

}  // namespace

TEST_CASE("entries pair by their common names, in the order of the target") {
  std::vector<Named> sources{named("x.b", {2}), named("gone", {1}), named("x.a", {3})};
  sources[0].common_name = "b";
  sources[2].common_name = "a";
  const std::vector<Named> targets{named("a", {3}), named("new", {1}), named("b", {2})};
  const Pairing pairing = pair_by_name(sources, targets, {});
  REQUIRE(pairing.pairs.size() == 2);
  CHECK(pairing.pairs[0].source == 2);
  CHECK(pairing.pairs[0].target == 0);
  CHECK(pairing.pairs[1].source == 0);
  CHECK(pairing.pairs[1].target == 2);
  CHECK(pairing.missing == Indices{1});
  CHECK(pairing.unexpected == Indices{1});
  CHECK(pairing.mismatch_count() == 0);
}

TEST_CASE("two entries of one common name are refused") {
  std::vector<Named> sources{named("a", {1}), named("b", {1})};
  sources[1].common_name = "a";
  CHECK(error_of([&] { pair_by_name(sources, {}, {}); }) ==
        "conflict: the source: 'a' and 'b' would both become 'a'");
  CHECK(error_of([&] { pair_by_name({}, sources, {.target_place = "x.pt"}); }) ==
        "conflict: x.pt: 'a' and 'b' would both become 'a'");
}

TEST_CASE("shapes fit when they are equal, or as the rule says") {
  CHECK(fit_of_shapes({4, 3}, {4, 3}, ShapeRule::equal) == Fit::same);
  CHECK(fit_of_shapes({5, 3}, {4, 3}, ShapeRule::equal) == Fit::other_shape);
  CHECK(fit_of_shapes({5, 3}, {4, 2}, ShapeRule::may_slice) == Fit::slice);
  CHECK(fit_of_shapes({5, 2}, {4, 3}, ShapeRule::may_slice) == Fit::other_shape);
  CHECK(fit_of_shapes({3, 3}, {4, 3}, ShapeRule::may_slice) == Fit::other_shape);
  CHECK(fit_of_shapes({3, 3}, {4, 3}, ShapeRule::may_pad) == Fit::pad);
  CHECK(fit_of_shapes({3, 4}, {4, 3}, ShapeRule::may_pad) == Fit::other_shape);
  CHECK(fit_of_shapes({12}, {4, 3}, ShapeRule::may_slice) == Fit::other_shape);
}

TEST_CASE("one element is a scalar of torch 0.3; several are not") {
  CHECK(fit_of_shapes({1}, {}, ShapeRule::equal) == Fit::scalar);
  CHECK(fit_of_shapes({2}, {}, ShapeRule::equal) == Fit::other_shape);
  CHECK(fit_of_shapes({}, {1}, ShapeRule::equal) == Fit::other_shape);
}

TEST_CASE("the axes that differ are told") {
  const Pairing pairing = pair_by_name({named("a", {5, 3, 2})}, {named("a", {4, 3, 1})}, {});
  CHECK(pairing.pairs[0].axes == Indices{0, 2});
  CHECK(pair_by_name({named("a", {5})}, {named("a", {5, 1})}, {}).pairs[0].axes.empty());
}

TEST_CASE("other dtypes fit when a cast is asked for and exists") {
  const Named half = named("a", {2}, DType::float16);
  CHECK(fit_of(half, named("a", {2})) == Fit::other_dtype);
  CHECK(fit_of(half, named("a", {2}), {.can_cast = casts_everything}) == Fit::cast);
  CHECK(fit_of(half, named("a", {2}), {.can_cast = [](DType, DType) { return false; }}) ==
        Fit::other_dtype);
  CHECK(fit_of(half, named("a", {3}), {.can_cast = casts_everything}) == Fit::other_shape);
}

TEST_CASE("other kinds of values do not fit") {
  Named number = named("a", {});
  number.tensor.reset();
  CHECK(fit_of(number, named("a", {})) == Fit::other_kind);
  CHECK(fit_of(number, number) == Fit::same);
  Named sparse = named("a", {2});
  sparse.tensor->form = model::TensorForm::sparse_coo;
  CHECK(fit_of(sparse, named("a", {2})) == Fit::other_kind);
  Named meta = named("a", {2});
  meta.tensor->form = model::TensorForm::meta;
  CHECK(fit_of(meta, meta) == Fit::other_kind);
}

TEST_CASE("the counter of an old BatchNorm is not missing") {
  const std::vector<Named> targets{named("bn.num_batches_tracked", {}, DType::int64)};
  const auto missing_for = [&](std::unordered_map<std::string, std::int64_t> versions) {
    return pair_by_name({}, targets, {.source_versions = std::move(versions)}).missing.size();
  };
  CHECK(missing_for({}) == 0);
  CHECK(missing_for({{"bn", 1}}) == 0);
  CHECK(missing_for({{"bn", 2}}) == 1);
  const std::vector<Named> others{named("my_num_batches_tracked", {})};
  CHECK(pair_by_name({}, others, {}).missing.size() == 1);
}

TEST_CASE("by order parameters pair with parameters, buffers with buffers") {
  const std::vector<Named> sources{named("a", {1}), named("b", {2}, DType::int64, Role::buffer),
                                   named("c", {3})};
  const std::vector<Named> targets{named("x", {1}), named("y", {3}),
                                   named("z", {2}, DType::int64, Role::buffer)};
  const Pairing pairing = pair_by_order(sources, targets, {});
  REQUIRE(pairing.pairs.size() == 3);
  CHECK(pairing.pairs[0].source == 0);
  CHECK(pairing.pairs[1].source == 2);
  CHECK(pairing.pairs[2].source == 1);
}

TEST_CASE("by order everything must fit") {
  CHECK(error_of([] {
          pair_by_order({named("a", {1}), named("b", {2})}, {named("x", {1}), named("y", {3})}, {});
        }) ==
        "conflict: --by-order: parameter 2 is 'b' (f32 2) in the source, 'y' (f32 3) in the "
        "target");
  CHECK(error_of([] { pair_by_order({named("a", {1})}, {}, {}); }) ==
        "conflict: --by-order: the source has 1 parameter, the target 0 [--keep, --drop, "
        "--what and --to-prefix choose which take part]");
}

TEST_CASE("extra state is a value as a whole, whatever it is") {
  samples::TreeMaker make;
  const auto root = make.dict({{"_extra_state", make.tensor({2})},
                               {"fc._extra_state", make.integer(1)},
                               {"my_extra_state", make.tensor({2})}});
  const std::vector<Named> entries = named_entries(make.tree, {root, {}, model::RootChoice::top});
  REQUIRE(entries.size() == 3);
  CHECK_FALSE(entries[0].tensor);
  CHECK_FALSE(entries[1].tensor);
  CHECK(entries[2].tensor);
}

TEST_CASE("versions of modules are those of _metadata, under other names") {
  samples::TreeMaker make;
  const auto root = make.ordered(
      {{"bn.weight", make.tensor({2})}},
      make.dict({{"_metadata", make.dict({{"", make.dict({{"version", make.integer(1)}})},
                                          {"bn", make.dict({{"version", make.integer(2)}})},
                                          {"fc", make.dict({})}})}}));
  const auto versions = module_versions(
      make.tree, root, [](std::string_view name) { return concat("model.", name); });
  CHECK(versions == std::unordered_map<std::string, std::int64_t>{{"model", 1}, {"model.bn", 2}});
}

TEST_CASE("by order a list pairs with whatever the other side has, parameter or buffer") {
  std::vector<Named> sources{named("0", {1}), named("1", {2})};
  for (Named& source : sources) source.is_listed = true;
  const std::vector<Named> targets{named("x", {1}, DType::float32, Role::buffer), named("y", {2})};
  const Pairing pairing = pair_by_order(sources, targets, {});
  REQUIRE(pairing.pairs.size() == 2);
  CHECK(pairing.pairs[0].source == 0);
  CHECK(pairing.pairs[1].target == 1);
  CHECK(error_of([&] { pair_by_order(sources, {named("x", {1})}, {}); }) ==
        "conflict: --by-order: the source has 2 tensors, the target 1 [--keep, --drop, --what and "
        "--to-prefix choose which take part]");
}
