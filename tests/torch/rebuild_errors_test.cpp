// Arguments that torch would not take, or that would reach outside: refused, with the key's name.
#include <limits>

#include "torch/graph_samples.hpp"

using ckpt::torch::samples::Maker;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

struct View {
  std::initializer_list<std::int64_t> shape = {3};
  std::initializer_list<std::int64_t> stride = {1};
  std::int64_t offset = 0;
};

/// The error for a view of a float32 storage of six elements.
std::string error_of_view(const View& view) {
  Maker make;
  return make.error_of_reading(make.rebuild(
      "_rebuild_tensor_v2",
      {make.storage("FloatStorage", "0", 6), make.integer(view.offset), make.integers(view.shape),
       make.integers(view.stride), make.boolean(false), make.hooks()}));
}

/// The error for two vectors whose storages are these.
std::string error_of_two(const char* first_class, std::int64_t first_count,
                         const char* second_class, std::int64_t second_count) {
  Maker make;
  const auto vector = [&](const char* storage_class, std::int64_t count) {
    return make.rebuild(
        "_rebuild_tensor_v2",
        {make.storage(storage_class, "0", count), make.integer(0), make.integers({1}),
         make.integers({1}), make.boolean(false), make.hooks()});
  };
  return make.error_of_reading(
      make.tuple({vector(second_class, second_count), vector(first_class, first_count)}));
}

}  // namespace

TEST_CASE("a tensor stays inside its storage") {
  CHECK(error_of_view({.shape = {2, 3}, .stride = {3, 1}}) == "no error");
  CHECK(error_of_view({.shape = {6}, .offset = 1}) ==
        "malformed: key 'k': a tensor of shape 6 reaches to byte 28 of storage '0', which has 24");
  CHECK(
      error_of_view({.shape = {2, 2}, .stride = {5, 1}}) ==
      "malformed: key 'k': a tensor of shape 2x2 reaches to byte 28 of storage '0', which has 24");
  CHECK(error_of_view({.shape = {}, .stride = {}, .offset = 6}) ==
        "malformed: key 'k': a tensor of shape scalar reaches to byte 28 of storage '0', "
        "which has 24");
}

TEST_CASE("a repeated element reaches no further than itself") {
  CHECK(error_of_view({.shape = {1000000}, .stride = {0}, .offset = 5}) == "no error");
}

TEST_CASE("a tensor without elements reaches nowhere") {
  CHECK(error_of_view({.shape = {0, 3}, .stride = {7, 1000}}) == "no error");
}

TEST_CASE("sizes, strides and offsets are not negative") {
  CHECK(error_of_view({.shape = {-1}}).starts_with("malformed: key 'k': "));
  CHECK(error_of_view({.stride = {-1}}).starts_with("malformed: key 'k': "));
  CHECK(error_of_view({.offset = -1}).starts_with("malformed: key 'k': "));
}

TEST_CASE("a shape has as many strides as sizes") {
  CHECK(error_of_view({.shape = {2, 3}, .stride = {1}}).starts_with("malformed: key 'k': "));
}

TEST_CASE("numbers too large for 63 bits are refused, not wrapped") {
  CHECK(error_of_view({.shape = {largest, largest}, .stride = {1, 1}})
            .starts_with("limit: key 'k': "));
  CHECK(error_of_view({.shape = {2}, .stride = {largest}, .offset = largest})
            .starts_with("limit: key 'k': "));
}

TEST_CASE("a storage key has one class and one size") {
  CHECK(error_of_two("FloatStorage", 6, "FloatStorage", 6) == "no error");
  CHECK(error_of_two("FloatStorage", 6, "IntStorage", 6) ==
        "malformed: storage '0': first float32 of 24 bytes, now int32 of 24 bytes");
  CHECK(error_of_two("FloatStorage", 6, "FloatStorage", 5) ==
        "malformed: storage '0': first float32 of 24 bytes, now float32 of 20 bytes");
}

TEST_CASE("bytes and their views as other types are of one storage") {
  CHECK(error_of_two("ByteStorage", 24, "UntypedStorage", 24) == "no error");
  CHECK(error_of_two("UntypedStorage", 24, "ByteStorage", 24) == "no error");
  CHECK(error_of_two("UntypedStorage", 24, "ByteStorage", 20) ==
        "malformed: storage '0': first untyped of 24 bytes, now uint8 of 20 bytes");
  CHECK(error_of_two("FloatStorage", 6, "UntypedStorage", 24) ==
        "malformed: storage '0': first float32 of 24 bytes, now untyped of 24 bytes");
}

TEST_CASE("a storage is of a known class, with a count that is not negative") {
  const auto error_of_storage = [](const char* storage_class, std::int64_t count) {
    Maker make;
    return make.error_of_reading(make.storage(storage_class, "0", count));
  };
  CHECK(error_of_storage("NoStorage", 1) ==
        "unsupported: key 'k': storage '0': unknown storage class 'torch.NoStorage'");
  CHECK(error_of_storage("FloatStorage", -1) ==
        "malformed: key 'k': storage '0': element count -1 is negative");
  CHECK(error_of_storage("FloatStorage", largest).starts_with("limit: key 'k': "));
}

TEST_CASE("arguments of rebuild functions have the types that torch takes") {
  Maker make;
  const auto storage = make.storage("FloatStorage", "0", 3);
  CHECK(make.error_of_reading(make.rebuild("_rebuild_tensor_v2", {storage})) ==
        "malformed: key 'k': _rebuild_tensor_v2: expected 5 arguments, got 1");
  CHECK(make.error_of_reading(make.rebuild(
            "_rebuild_tensor_v2", {make.text("storage"), make.integer(0), make.integers({3}),
                                   make.integers({1}), make.boolean(false)})) ==
        "malformed: key 'k': a tensor without a storage reference");
  CHECK(make.error_of_reading(
            make.rebuild("_rebuild_tensor_v2", {storage, make.text("0"), make.integers({3}),
                                                make.integers({1}), make.boolean(false)})) ==
        "malformed: key 'k': _rebuild_tensor_v2: storage offset is not a 64-bit integer");
  CHECK(make.error_of_reading(
            make.rebuild("_rebuild_tensor_v2", {storage, make.integer(0), make.integer(3),
                                                make.integers({1}), make.boolean(false)})) ==
        "malformed: key 'k': _rebuild_tensor_v2: size is not a tuple of integers");
  CHECK(make.error_of_reading(make.rebuild(
            "_rebuild_tensor_v3", {storage, make.integer(0), make.integers({3}), make.integers({1}),
                                   make.boolean(false), make.hooks(), make.text("float32")})) ==
        "malformed: key 'k': _rebuild_tensor_v3: dtype is not a torch dtype");
  CHECK(make.error_of_reading(
            make.rebuild("_rebuild_tensor_v3",
                         {storage, make.integer(0), make.integers({3}), make.integers({1}),
                          make.boolean(false), make.hooks(), make.global("torch", "float1")})) ==
        "unsupported: key 'k': _rebuild_tensor_v3: unknown dtype 'torch.float1'");
}

TEST_CASE("a reference that is no storage is carried, but no tensor lies in it") {
  Maker make;
  const auto other = make.graph.add_persistent(make.text("other"));
  CHECK(make.error_of_reading(other) == "no error");
  CHECK(make.error_of_reading(
            make.rebuild("_rebuild_tensor_v2", {other, make.integer(0), make.integers({3}),
                                                make.integers({1}), make.boolean(false)})) ==
        "malformed: key 'k': expected a storage reference");
}
