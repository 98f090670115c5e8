// Tensors that are views and computations until they are read, element by element.
#include "ckpt/tensor/lazy_tensor.hpp"

#include <array>
#include <cstring>

#include <doctest/doctest.h>

#include "ckpt/tensor/generated.hpp"

using ckpt::Bytes;
using ckpt::model::DType;
using ckpt::tensor::LazyTensor;
using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

namespace {

LazyTensor counting(Shape shape) {
  const auto count = static_cast<std::uint64_t>(ckpt::model::element_count(shape));
  return {ckpt::tensor::make_counting(DType::float32, count), DType::float32, std::move(shape)};
}

/// All elements, read in pieces of one element at a time and at once: both must be the same.
Floats elements(const LazyTensor& tensor) {
  const auto blob = tensor.dense();
  Floats at_once(static_cast<std::size_t>(blob->size_bytes() / sizeof(float)));
  Bytes bytes(static_cast<std::size_t>(blob->size_bytes()));
  ckpt::model::read_exactly(*blob, 0, bytes);
  if (!bytes.empty()) std::memcpy(at_once.data(), bytes.data(), bytes.size());
  for (std::size_t i = 0; i < at_once.size(); ++i) {
    std::array<std::byte, sizeof(float)> one;
    ckpt::model::read_exactly(*blob, i * sizeof(float), one);
    CHECK(std::memcmp(one.data(), bytes.data() + i * sizeof(float), sizeof(float)) == 0);
  }
  return at_once;
}

}  // namespace

TEST_CASE("A transposition is read column by column") {
  const std::size_t order[] = {1, 0};
  CHECK(elements(counting({2, 3}).permuted(order)) == Floats{0, 3, 1, 4, 2, 5});
}

TEST_CASE("A reshape of a permutation needs no copy, nor does one that cuts across it lose any") {
  const std::size_t order[] = {1, 0};
  const LazyTensor turned = counting({2, 3}).permuted(order);
  CHECK(elements(turned.reshaped({6})) == Floats{0, 3, 1, 4, 2, 5});
  CHECK(elements(turned.reshaped({2, 3})) == Floats{0, 3, 1, 4, 2, 5});
  CHECK(elements(turned.reshaped({6}).sliced(0, 1, 3)) == Floats{3, 1, 4});
}

TEST_CASE("Slices of a dimension, whole rows or single elements") {
  CHECK(elements(counting({3, 2}).sliced(0, 1, 2)) == Floats{2, 3, 4, 5});
  CHECK(elements(counting({3, 2}).sliced(1, 1, 1)) == Floats{1, 3, 5});
  CHECK(elements(counting({3, 2}).sliced(0, 3, 0)).empty());
}

TEST_CASE("Parts lie one behind the other along any dimension") {
  const LazyTensor parts[] = {counting({2, 2}), counting({2, 1})};
  CHECK(elements(concatenated(parts, 1)) == Floats{0, 1, 0, 2, 3, 1});
  const LazyTensor rows[] = {counting({1, 2}), counting({2, 2})};
  CHECK(elements(concatenated(rows, 0)) == Floats{0, 1, 0, 1, 2, 3});
  CHECK(concatenated(rows, 0).shape() == Shape{3, 2});
}

TEST_CASE("Padding is zeros behind a dimension") {
  CHECK(elements(counting({2, 2}).padded(1, 3)) == Floats{0, 1, 0, 2, 3, 0});
  CHECK(elements(counting({2}).padded(0, 4)) == Floats{0, 1, 0, 0});
}

TEST_CASE("Rows longer than a batch are passed on in pieces") {
  const std::int64_t width = 700'000;
  const LazyTensor parts[] = {counting({2, width}), counting({2, width})};
  const auto blob = concatenated(parts, 1).dense();
  const auto at = [&](std::int64_t place) {
    std::array<std::byte, sizeof(float)> one;
    ckpt::model::read_exactly(*blob, static_cast<std::uint64_t>(place) * sizeof(float), one);
    float element = 0;
    std::memcpy(&element, one.data(), sizeof element);
    return element;
  };
  CHECK(at(width - 1) == 699'999);
  CHECK(at(width) == 0);
  CHECK(at(2 * width) == 700'000);
  CHECK(at(4 * width - 1) == 1'399'999);
}

TEST_CASE("Sums and products are computed while they are read") {
  CHECK(elements(sum(counting({3}), 0.5)) == Floats{0.5, 1.5, 2.5});
  CHECK(elements(product(counting({3}), -2)) == Floats{0, -2, -4});
  CHECK(elements(converted(converted(sum(counting({3}), 0.75), DType::int32), DType::float32)) ==
        Floats{0, 1, 2});
}

// t = torch.tensor([1.0, 3.0]); (t.to(dtype) * 0.1).float(), (t.to(dtype) + 0.1).float()
TEST_CASE("Narrow floats are multiplied by a float32, and get a number of their own type added") {
  const LazyTensor three = converted(sum(product(counting({2}), 2), 1), DType::bfloat16);
  CHECK(elements(converted(product(three, 0.1), DType::float32)) ==
        Floats{0.10009765625, 0.30078125});
  CHECK(elements(converted(sum(three, 0.1), DType::float32)) == Floats{1.1015625, 3.09375});
}

TEST_CASE("A part of a gathered tensor ends where it should") {
  const std::size_t order[] = {0, 2, 1};
  const LazyTensor turned = counting({1, 2, 3}).permuted(order).reshaped({6});
  CHECK(elements(turned.sliced(0, 5, 1)) == Floats{5});
  CHECK(have_equal_bytes(turned.sliced(0, 0, 1), counting({1})));
  CHECK(!have_equal_bytes(turned.sliced(0, 1, 1), counting({1})));
}
