#include "ckpt/model/usage.hpp"

#include <doctest/doctest.h>

#include "model/tree_samples.hpp"

using ckpt::model::DType;
using ckpt::model::NodeId;
using ckpt::model::StorageId;
using ckpt::samples::TreeMaker;

TEST_CASE("a dense tensor reaches all of its storage") {
  TreeMaker make;
  make.tree.set_root(make.tensor({2, 3}));
  const auto uses = storage_uses(make.tree);
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].tensor_count == 1);
  CHECK(uses[0].reached_bytes == 24);
}

TEST_CASE("views that overlap count their common bytes once") {
  TreeMaker make;
  const StorageId storage = make.storage(400);
  make.tree.set_root(make.list({
      make.view(storage, {.shape = {10}, .stride_elements = {1}, .offset_elements = 20}),
      make.view(storage, {.shape = {10}, .stride_elements = {1}, .offset_elements = 5}),
      make.view(storage, {.shape = {10}, .stride_elements = {1}, .offset_elements = 10}),
  }));
  const auto uses = storage_uses(make.tree);
  CHECK(uses[0].tensor_count == 3);
  CHECK(uses[0].reached_bytes == 25 * 4);
}

TEST_CASE("a strided view reaches its elements and not what lies between them") {
  TreeMaker make;
  const StorageId storage = make.storage(400);
  make.tree.set_root(
      make.view(storage, {.shape = {3, 2}, .stride_elements = {10, 3}, .offset_elements = 50}));
  CHECK(storage_uses(make.tree)[0].reached_bytes == 6 * 4);
}

TEST_CASE("views that interleave reach the elements of all of them, each once") {
  TreeMaker make;
  const StorageId storage = make.storage(400);
  make.tree.set_root(make.list({
      make.view(storage, {.shape = {10}, .stride_elements = {10}}),
      make.view(storage, {.shape = {5}, .stride_elements = {20}}),
      make.view(storage, {.shape = {3}, .stride_elements = {1}, .offset_elements = 9}),
      make.view(storage, {.shape = {4, 3}, .stride_elements = {1, 1}, .offset_elements = 50}),
  }));
  // 0, 10 ... 90; nothing new; 9 and 11; 51 to 55
  CHECK(storage_uses(make.tree)[0].reached_bytes == (10 + 2 + 5) * 4);
}

TEST_CASE("a tensor that is reached twice is one tensor") {
  TreeMaker make;
  const NodeId tensor = make.tensor({4});
  make.tree.set_root(make.list({tensor, tensor, make.dict({{"again", tensor}})}));
  CHECK(storage_uses(make.tree)[0].tensor_count == 1);
}

TEST_CASE("what nobody refers to is reached by nobody") {
  TreeMaker make;
  make.tensor({4});
  const StorageId storage = make.storage(8);
  make.tree.set_root(
      make.view(storage, {.shape = {0}, .stride_elements = {1}, .offset_elements = 2}));
  const auto uses = storage_uses(make.tree);
  CHECK(uses[0].tensor_count == 0);
  CHECK(uses[0].reached_bytes == 0);
  CHECK(uses[1].tensor_count == 1);
  CHECK(uses[1].reached_bytes == 0);
}

TEST_CASE("a storage without a tensor around it is reached whole") {
  TreeMaker make;
  const StorageId storage = make.storage(8);
  const NodeId bare = make.tree.add();
  make.tree.fill_storage(bare, storage);
  make.tree.set_root(bare);
  CHECK(storage_uses(make.tree)[0].reached_bytes == 8);
}

TEST_CASE("packed elements reach whole storages") {
  TreeMaker make;
  make.tree.set_root(make.tensor({2, 5}, DType::quint4x2));
  CHECK(storage_uses(make.tree)[0].reached_bytes == 6);
}
