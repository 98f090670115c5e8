// What compact makes of views of one storage: bytes and layouts, by hand.
#include "ckpt/tensor/compact.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "ckpt/tensor/element_stream.hpp"
#include "tensor/sample_tensors.hpp"

using namespace ckpt;
using namespace samples;
using Ints = std::vector<std::int32_t>;

namespace {

/// Views of the int32 numbers 0, 1, 2, ..., in a list.
struct Views {
  model::Tree tree;
  std::vector<model::NodeId> tensors;

  Views(std::int32_t count, const std::vector<model::Layout>& layouts) {
    const model::StorageId storage =
        tree.add_storage({.blob = model::make_memory_blob(counting(count)), .dtype = DType::int32});
    for (const model::Layout& layout : layouts) {
      tensors.push_back(tree.add());
      tree.fill_tensor(tensors.back(),
                       {.dtype = DType::int32, .layout = layout, .storage = storage});
    }
    const model::NodeId root = tree.add();
    tree.fill_items(root, model::Kind::list, tensors);
    tree.set_root(root);
  }

  Ints elements(std::size_t i) const {
    tensor::ElementStream stream(tree.storage_of(tree.tensor(tensors[i])), tree.tensor(tensors[i]));
    Bytes bytes(static_cast<std::size_t>(stream.remaining_bytes()));
    if (!bytes.empty()) stream.read(bytes);
    return numbers_of<std::int32_t>(bytes);
  }
  const model::Layout& layout(std::size_t i) const { return tree.tensor(tensors[i]).layout; }
  std::uint64_t stored_bytes() const {
    std::set<model::StorageId> seen;
    std::uint64_t bytes = 0;
    for (const model::NodeId tensor : tensors)
      if (const model::StorageId id = tree.tensor(tensor).storage; seen.insert(id).second)
        bytes += tree.storage_of(id).size_bytes();
    return bytes;
  }
};

/// Compacts twice: the first keeps all elements in so many bytes, the second changes nothing.
void check_compacts(Views& views, std::uint64_t expected_bytes) {
  std::vector<Ints> before;
  for (std::size_t i = 0; i < views.tensors.size(); ++i) before.push_back(views.elements(i));
  tensor::compact_storages(views.tree);
  CHECK(views.stored_bytes() == expected_bytes);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(views.elements(i) == before[i]);
  CHECK(tensor::compact_storages(views.tree).trimmed_storages == 0);
}

}  // namespace

TEST_CASE("views that interleave without sharing an element get storages of their own") {
  Views views(34, {{{11}, {3}, 1}, {{2}, {1}, 29}});  // t[1:32:3], t[29:31]
  check_compacts(views, (11 + 2) * 4);
}

TEST_CASE("of views with a common step only every so many elements are kept") {
  Views views(1000, {{{100}, {10}, 0}, {{50}, {20}, 0}});  // t[::10], t[::20]
  check_compacts(views, 100 * 4);
  CHECK(views.layout(0) == model::Layout{{100}, {1}, 0});
  CHECK(views.layout(1) == model::Layout{{50}, {2}, 0});
}

TEST_CASE("columns of a matrix that do not meet are taken apart, those that do are not") {
  Views apart(60, {{{10, 2}, {6, 1}, 0}, {{10, 2}, {6, 1}, 2}});
  check_compacts(apart, 40 * 4);
  Views meeting(60, {{{10, 2}, {6, 1}, 0}, {{10, 2}, {6, 1}, 1}});
  check_compacts(meeting, (9 * 6 + 3) * 4);
}

TEST_CASE("a view that repeats its elements keeps each of them once") {
  Views views(100, {{{5, 7}, {20, 0}, 3}});
  check_compacts(views, 5 * 4);
}

TEST_CASE("any views keep their elements, and compacting again changes nothing") {
  std::uint64_t state = 1;
  const auto below = [&](std::uint64_t limit) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>((state >> 33) % limit);
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<model::Layout> layouts;
    for (std::int64_t count = 1 + below(5); count > 0; --count)
      layouts.push_back({{1 + below(4), below(5)}, {below(15), below(4)}, below(30)});
    Views views(100, layouts);
    const std::uint64_t before = views.stored_bytes();
    std::vector<Ints> elements;
    for (std::size_t i = 0; i < layouts.size(); ++i) elements.push_back(views.elements(i));
    tensor::compact_storages(views.tree);
    CHECK(views.stored_bytes() <= before);
    for (std::size_t i = 0; i < layouts.size(); ++i) CHECK(views.elements(i) == elements[i]);
    CHECK(tensor::compact_storages(views.tree).trimmed_storages == 0);
  }
}
