#include "ckpt/tensor/overlay.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "tensor/sample_tensors.hpp"

using namespace ckpt;
using namespace ::samples;
using ckpt::samples::error_of;
using tensor::make_overlay;
using tensor::storage_order;
using tensor::Write;
using Numbers = std::vector<std::int32_t>;

namespace {

Write write_of(model::Layout layout, const Numbers& numbers) {
  return {std::move(layout), sizeof(std::int32_t), model::make_memory_blob(bytes_of(numbers))};
}

std::shared_ptr<const model::Blob> zeros(std::size_t count) {
  return model::make_memory_blob(bytes_of(Numbers(count)));
}

/// Read in pieces of `piece_bytes`, which need not end with an element.
Bytes all_of(const model::Blob& blob, std::size_t piece_bytes, std::uint64_t offset = 0) {
  Bytes all;
  Bytes piece(piece_bytes);
  const auto stream = blob.open(offset);
  while (const std::size_t count = stream->read(piece))
    append_bytes(all, ByteView(piece).first(count));
  return all;
}

}  // namespace

TEST_CASE("a column is written into the rows of a matrix, in reads of any size") {
  const auto blob = make_overlay(zeros(12), {write_of({{4, 1}, {3, 1}, 1}, {1, 2, 3, 4})});
  for (std::size_t piece = 1; piece < 50; ++piece) {
    CAPTURE(piece);
    CHECK(numbers_of<std::int32_t>(all_of(*blob, piece)) ==
          Numbers{0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0});
  }
}

TEST_CASE("an overlay can be opened at any byte") {
  const auto blob = make_overlay(zeros(6), {write_of({{2, 2}, {3, 1}, 1}, {1, 2, 3, 4})});
  const Bytes whole = all_of(*blob, 100);
  CHECK(numbers_of<std::int32_t>(whole) == Numbers{0, 1, 2, 0, 3, 4});
  for (std::size_t offset = 0; offset <= whole.size(); ++offset)
    CHECK(all_of(*blob, 5, offset) ==
          Bytes(whole.begin() + static_cast<std::ptrdiff_t>(offset), whole.end()));
}

TEST_CASE("where writes overlap the later one wins, wherever it begins") {
  const Write late_begin = write_of({{3}, {1}, 2}, {7, 7, 7});
  const Write early_begin = write_of({{4}, {1}, 0}, {5, 5, 5, 5});
  CHECK(numbers_of<std::int32_t>(all_of(*make_overlay(zeros(6), {late_begin, early_begin}), 4)) ==
        Numbers{5, 5, 5, 5, 7, 0});
  CHECK(numbers_of<std::int32_t>(all_of(*make_overlay(zeros(6), {early_begin, late_begin}), 4)) ==
        Numbers{5, 5, 7, 7, 7, 0});
}

TEST_CASE("a write without elements, or of a scalar, is as good as any") {
  const auto blob =
      make_overlay(zeros(2), {write_of({{0, 3}, {3, 1}, 1}, {}), write_of({{}, {}, 1}, {9})});
  CHECK(numbers_of<std::int32_t>(all_of(*blob, 8)) == Numbers{0, 9});
}

TEST_CASE("what reaches outside, or ends too early, is malformed") {
  CHECK(error_of([] {
          make_overlay(zeros(3), {write_of({{2}, {2}, 1}, {1, 2})});
        }) == "malformed: a tensor reaches byte 16 of a storage of 12 bytes");
  const auto blob = make_overlay(zeros(3), {write_of({{3}, {1}, 0}, {1, 2})});
  CHECK(error_of([&] { all_of(*blob, 64); }) == "malformed: a storage ends before its last byte");
}

TEST_CASE("axes are ordered as elements lie") {
  using Order = std::vector<std::size_t>;
  CHECK(storage_order({{2, 3}, {3, 1}, 0}) == Order{0, 1});
  CHECK(storage_order({{3, 2}, {1, 3}, 0}) == Order{1, 0});
  CHECK(storage_order({{2, 3, 4, 5}, {60, 1, 15, 3}, 0}) == Order{0, 2, 3, 1});  // channels_last
  CHECK(storage_order({{1, 3}, {0, 1}, 0}) == Order{1, 0});  // an axis of one element steps nowhere
  CHECK(storage_order({{0, 3}, {0, 0}, 0}) == Order{0, 1});
}

TEST_CASE("elements that share memory have no order") {
  CHECK(error_of([] {
          storage_order({{3, 4}, {0, 1}, 0});
        }) ==
        "unsupported: a view of shape 3x4 and strides 0x1 is not written into: its elements share "
        "memory");
  CHECK(error_of([] { storage_order({{3, 3}, {2, 1}, 0}); }) != "no error");
}
