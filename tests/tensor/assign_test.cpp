#include "ckpt/tensor/assign.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "tensor/sample_tensors.hpp"

using namespace ckpt;
using namespace ::samples;
using ckpt::samples::error_of;
using tensor::assign;
using tensor::Assignment;
using tensor::find_clashes;
using Numbers = std::vector<std::int32_t>;

namespace {

Numbers storage_numbers(const model::Tree& tree, std::size_t storage = 0) {
  const model::Blob& blob = *tree.storages()[storage].blob;
  Bytes bytes(static_cast<std::size_t>(blob.size_bytes()));
  model::read_exactly(blob, 0, bytes);
  return numbers_of<std::int32_t>(bytes);
}

Sample ints(std::int32_t count, model::Layout layout) {
  return sample_of(counting(count), DType::int32, std::move(layout));
}

void assign_one(Sample& to, const Sample& from) {
  const Assignment one[] = {{to.tensor, from.tensor}};
  assign(to.tree, from.tree, one);
}

}  // namespace

TEST_CASE("a tensor that fills its storage becomes the range of the file that the source is") {
  const TemporaryFolder folder;
  const auto blob = std::make_shared<FileBlob>(folder.path() / "a", counting(6));
  Sample from = sample_of(blob, DType::int32, {{2, 3}, {3, 1}, 0});
  Sample to = sample_of(bytes_of(Numbers(6)), DType::int32, {{2, 3}, {3, 1}, 0});
  assign_one(to, from);
  CHECK(to.tree.storages()[0].blob == blob);
}

TEST_CASE("so does one whose axes are turned as those of the source") {
  const TemporaryFolder folder;
  const auto blob = std::make_shared<FileBlob>(folder.path() / "a", counting(6));
  Sample from = sample_of(blob, DType::int32, {{2, 3}, {1, 2}, 0});
  Sample to = sample_of(bytes_of(Numbers(6)), DType::int32, {{2, 3}, {1, 2}, 0});
  assign_one(to, from);
  CHECK(to.tree.storages()[0].blob == blob);
}

// torch: a = torch.zeros(3, 2).t(); a.copy_(torch.arange(6).view(2, 3)); a.storage()
TEST_CASE("elements are stored by the strides of the target") {
  Sample to = ints(6, {{2, 3}, {1, 2}, 0});
  assign_one(to, ints(6, {{2, 3}, {3, 1}, 0}));
  CHECK(storage_numbers(to.tree) == Numbers{0, 3, 1, 4, 2, 5});
}

TEST_CASE("around a view the storage keeps what it held") {
  Sample to = ints(8, {{2, 2}, {4, 1}, 1});
  assign_one(to, sample_of(bytes_of(Numbers{10, 20, 30, 40}), DType::int32, {{2, 2}, {2, 1}, 0}));
  CHECK(storage_numbers(to.tree) == Numbers{0, 10, 20, 3, 4, 30, 40, 7});
}

TEST_CASE("of several assignments to one storage the last counts") {
  Sample to = ints(4, {{4}, {1}, 0});
  Sample from = sample_of(bytes_of(Numbers{9, 9, 8, 8}), DType::int32, {{4}, {1}, 0});
  model::Tensor half = to.tensor;
  half.layout = {{2}, {1}, 1};
  model::Tensor tail = from.tensor;
  tail.layout = {{2}, {1}, 2};
  const Assignment both[] = {{half, tail}, {to.tensor, from.tensor}, {half, tail}};
  assign(to.tree, from.tree, both);
  CHECK(storage_numbers(to.tree) == Numbers{9, 8, 8, 8});
  assign(to.tree, from.tree, std::span(both).first(2));
  CHECK(storage_numbers(to.tree) == Numbers{9, 9, 8, 8});
}

TEST_CASE("floats are cast to the target's dtype; a negated target stores negatives") {
  const std::vector<float> numbers{1.5F, -2};
  Sample to = sample_of(bytes_of(std::vector<double>{0, 0}), DType::float64, {{2}, {1}, 0});
  to.tensor.is_negated = true;
  assign_one(to, sample_of(bytes_of(numbers), DType::float32, {{2}, {1}, 0}));
  Bytes stored(16);
  model::read_exactly(*to.tree.storages()[0].blob, 0, stored);
  CHECK(numbers_of<double>(stored) == std::vector<double>{-1.5, 2});
}

TEST_CASE("what cannot be written into is refused") {
  Sample expanded = ints(3, {{2, 3}, {0, 1}, 0});
  CHECK(error_of([&] {
          assign_one(expanded, ints(6, {{2, 3}, {3, 1}, 0}));
        }) ==
        "unsupported: a view of shape 2x3 and strides 0x1 is not written into: its elements share "
        "memory");
  Sample swapped = ints(2, {{2}, {1}, 0});
  swapped.tree.mutable_storage(swapped.tensor.storage).byte_order =
      std::endian::native == std::endian::little ? model::ByteOrder::big : model::ByteOrder::little;
  CHECK(error_of([&] {
          assign_one(swapped, ints(2, {{2}, {1}, 0}));
        }) == "unsupported: storages of foreign byte order are not written into");
}

TEST_CASE("two values for one view clash; one value twice does not") {
  Sample to = ints(2, {{2}, {1}, 0});
  Sample from = sample_of(bytes_of(Numbers{1, 2, 1, 2, 3, 4}), DType::int32, {{2}, {1}, 0});
  const auto at = [&](std::int64_t offset) {
    model::Tensor tensor = from.tensor;
    tensor.layout.offset_elements = offset;
    return Assignment{to.tensor, tensor};
  };
  const Assignment equal[] = {at(0), at(2), at(0)};
  CHECK(find_clashes(from.tree, equal).empty());
  const Assignment unequal[] = {at(0), at(2), at(4)};
  const std::vector<tensor::Clash> clashes = find_clashes(from.tree, unequal);
  REQUIRE(clashes.size() == 1);
  CHECK(clashes[0].first == 0);
  CHECK(clashes[0].second == 2);
}

TEST_CASE("targets that overlap in part clash where an element would get two values") {
  Sample to = ints(8, {.shape = {8}, .stride_elements = {1}});
  Sample from = ints(16, {.shape = {16}, .stride_elements = {1}});
  const auto view = [](const Sample& of, std::int64_t first, std::int64_t count,
                       std::int64_t stride) {
    model::Tensor tensor = of.tensor;
    tensor.layout = {.shape = {count}, .stride_elements = {stride}, .offset_elements = first};
    return tensor;
  };
  const Assignment alike[] = {{view(to, 0, 5, 1), view(from, 0, 5, 1)},
                              {view(to, 3, 5, 1), view(from, 3, 5, 1)},
                              {view(to, 0, 4, 2), view(from, 0, 4, 2)}};
  CHECK(find_clashes(from.tree, alike).empty());
  const Assignment apart[] = {{view(to, 0, 4, 2), view(from, 0, 4, 1)},
                              {view(to, 1, 4, 2), view(from, 4, 4, 1)}};
  CHECK(find_clashes(from.tree, apart).empty());
  const Assignment different[] = {{view(to, 0, 2, 1), view(from, 0, 2, 1)},
                                  {view(to, 5, 3, 1), view(from, 5, 3, 1)},
                                  {view(to, 3, 5, 1), view(from, 4, 5, 1)}};
  const std::vector<tensor::Clash> clashes = find_clashes(from.tree, different);
  REQUIRE(clashes.size() == 1);
  CHECK(clashes[0].first == 1);
  CHECK(clashes[0].second == 2);
}
