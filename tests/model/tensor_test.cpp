#include "ckpt/model/tensor.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/error_text.hpp"

using ckpt::model::DType;
using ckpt::model::Layout;
using ckpt::model::Tensor;
using ckpt::samples::error_of;
using Numbers = std::vector<std::int64_t>;

namespace {

constexpr std::int64_t large = std::int64_t{1} << 40;

std::int64_t reach(Numbers shape, Numbers strides, std::int64_t offset = 0) {
  return ckpt::model::reach_elements({std::move(shape), std::move(strides), offset});
}

bool contiguous(Numbers shape, Numbers strides) {
  return ckpt::model::is_contiguous({std::move(shape), std::move(strides)});
}

}  // namespace

// Strides and the answers of is_contiguous() are torch's own.
TEST_CASE("dense strides are those that torch gives") {
  CHECK(ckpt::model::contiguous_strides({}) == Numbers{});
  CHECK(ckpt::model::contiguous_strides({2, 3, 4}) == Numbers{12, 4, 1});
  CHECK(ckpt::model::contiguous_strides({2, 0, 3}) == Numbers{3, 3, 1});
  CHECK(ckpt::model::contiguous_strides({4, 1, 0}) == Numbers{1, 1, 1});
  CHECK(ckpt::model::contiguous_strides({0}) == Numbers{1});
}

TEST_CASE("a layout is contiguous when torch says so") {
  CHECK(contiguous({}, {}));
  CHECK(contiguous({2, 3}, {3, 1}));
  CHECK(contiguous({1, 3}, {7, 1}));
  CHECK(contiguous({3, 1}, {1, 9}));
  CHECK(contiguous({0, 3}, {5, 7}));
  CHECK_FALSE(contiguous({2, 3}, {1, 2}));
  CHECK_FALSE(contiguous({2, 3}, {4, 1}));
  CHECK_FALSE(contiguous({2}, {2}));
  CHECK_FALSE(contiguous({2}, {0}));
}

TEST_CASE("a layout reaches one past its last element") {
  CHECK(reach({}, {}) == 1);
  CHECK(reach({}, {}, 7) == 8);
  CHECK(reach({2, 3}, {3, 1}) == 6);
  CHECK(reach({2, 3}, {1, 2}, 10) == 16);
  CHECK(reach({2, 3}, {4, 1}) == 7);
  CHECK(reach({1000}, {0}) == 1);
}

TEST_CASE("a layout without elements reaches nothing, wherever it begins") {
  CHECK(reach({0}, {1}, 100) == 0);
  CHECK(reach({large, 0, large}, {large, large, 1}) == 0);
}

TEST_CASE("a layout that makes no sense is refused") {
  CHECK(error_of([] {
          reach({2, 3}, {1});
        }) == "malformed: a shape of rank 2 with strides of rank 1");
  CHECK(error_of([] { reach({-1}, {1}); }) == "malformed: size -1 is negative");
  CHECK(error_of([] { reach({2, 0}, {-3, 1}); }) == "malformed: stride -3 is negative");
  CHECK(error_of([] { reach({2}, {1}, -4); }) == "malformed: storage offset -4 is negative");
}

TEST_CASE("a layout beyond 63 bits is refused, not wrapped") {
  CHECK(error_of([] {
          reach({large, 2}, {large, 1});
        }) == "limit: last element of a tensor: 1099511627775 * 1099511627776 is too large");
  CHECK(error_of([] { reach({2}, {1}, std::numeric_limits<std::int64_t>::max()); }) ==
        "limit: last element of a tensor: 9223372036854775807 + 1 is too large");
  CHECK(error_of([] {
          reach({large, large}, {0, 0});
        }) == "limit: element count: 1099511627776 * 1099511627776 is too large");
}

TEST_CASE("elements are counted, and a zero makes all of them none") {
  CHECK(ckpt::model::element_count({}) == 1);
  CHECK(ckpt::model::element_count({2, 3, 4}) == 24);
  CHECK(ckpt::model::element_count({large, large, 0}) == 0);
}

TEST_CASE("dense bytes are elements times their size") {
  CHECK(dense_bytes(Tensor{.dtype = DType::complex128, .layout = {.shape = {2, 3}}}) == 96);
  CHECK(dense_bytes(Tensor{.dtype = DType::float4_e2m1fn_x2, .layout = {.shape = {2, 3}}}) == 6);
  CHECK(dense_bytes(Tensor{.dtype = DType::boolean, .layout = {}}) == 1);
}

// torch.quantize_per_channel(torch.zeros(2, 5), ..., torch.quint4x2) has a storage of 6 bytes.
TEST_CASE("rows of packed elements are padded to whole bytes") {
  CHECK(dense_bytes(Tensor{.dtype = DType::quint4x2, .layout = {.shape = {2, 5}}}) == 6);
  CHECK(dense_bytes(Tensor{.dtype = DType::quint2x4, .layout = {.shape = {3, 9}}}) == 9);
  CHECK(dense_bytes(Tensor{.dtype = DType::quint4x2, .layout = {.shape = {2, 0}}}) == 0);
  CHECK(dense_bytes(Tensor{.dtype = DType::quint4x2, .layout = {}}) == 1);
}
