#include "ckpt/model/view.hpp"

#include <doctest/doctest.h>

#include "model/tree_samples.hpp"

using namespace ckpt;
using namespace ckpt::model;

TEST_CASE("tensors are one view when storage, dtype, place, shape and strides are") {
  const Tensor tensor{.layout = samples::TreeMaker::dense({2, 3}), .storage = StorageId{4}};
  Tensor other = tensor;
  CHECK(find_view_key(other) == find_view_key(tensor));
  other.dtype = DType::int32;
  CHECK(find_view_key(other) != find_view_key(tensor));
  other = tensor;
  other.storage = StorageId{5};
  CHECK(find_view_key(other) != find_view_key(tensor));
  other = tensor;
  other.layout.offset_elements = 1;
  CHECK(find_view_key(other) != find_view_key(tensor));
  CHECK_FALSE(is_same_view(other, tensor));
  other = tensor;
  CHECK(is_same_view(other, tensor));
  other.is_conjugated = true;
  CHECK(find_view_key(other) != find_view_key(tensor));
  CHECK_FALSE(is_same_view(other, tensor));
}

TEST_CASE("what has no storage or no elements is no view") {
  Tensor tensor{.layout = samples::TreeMaker::dense({2, 3})};
  CHECK(!find_view_key(tensor));
  tensor.storage = StorageId{0};
  tensor.layout = samples::TreeMaker::dense({2, 0});
  CHECK(!find_view_key(tensor));
}
