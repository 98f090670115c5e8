#include "ckpt/base/checked.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "base/error_text.hpp"

using ckpt::checked_add;
using ckpt::checked_multiply;
using ckpt::samples::error_of;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t largest_unsigned = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("sums and products that fit are given") {
  CHECK(checked_add<std::int64_t>(largest - 1, 1, "sum") == largest);
  CHECK(checked_multiply<std::uint64_t>(0xFFFF'FFFF, 0x1'0000'0001, "product") == largest_unsigned);
  CHECK(checked_multiply<std::int64_t>(-3, 4, "product") == -12);
}

TEST_CASE("sums and products that do not fit are named with both numbers") {
  CHECK(error_of([] { checked_add<std::int64_t>(largest, 1, "storage bytes"); }) ==
        "limit: storage bytes: 9223372036854775807 + 1 is too large");
  CHECK(error_of([] { checked_multiply<std::uint64_t>(largest_unsigned, 2, "tensor bytes"); }) ==
        "limit: tensor bytes: 18446744073709551615 * 2 is too large");
  CHECK_FALSE(ckpt::find_sum<std::uint8_t>(255, 1));
  CHECK_FALSE(ckpt::find_product<std::int32_t>(1 << 30, 2));
}
