#include "ckpt/zip/crc32.hpp"

#include <doctest/doctest.h>

#include <string>

using ckpt::as_bytes;
using ckpt::zip::crc32;
using ckpt::zip::crc32_combine;

TEST_CASE("the CRC of the digits 1 to 9 is the check value of CRC-32") {
  CHECK(crc32(0, as_bytes("123456789")) == 0xCBF43926);
  CHECK(crc32(0, {}) == 0);
}

TEST_CASE("a CRC can be computed in pieces") {
  CHECK(crc32(crc32(0, as_bytes("1234")), as_bytes("56789")) == 0xCBF43926);
  CHECK(crc32(0xCBF43926, {}) == 0xCBF43926);
}

TEST_CASE("the CRCs of two stretches combine to that of both") {
  const std::string first(100'000, 'a');
  const std::string second(33, 'b');
  CHECK(crc32_combine(crc32(0, as_bytes(first)), crc32(0, as_bytes(second)), second.size()) ==
        crc32(0, as_bytes(first + second)));
  CHECK(crc32_combine(0xCBF43926, 0, 0) == 0xCBF43926);
}

TEST_CASE("lengths beyond 4 GiB combine") {
  // x^(8n) is a homomorphism: 6 GiB at once is 3 GiB twice.
  constexpr std::uint64_t half_bytes = std::uint64_t{3} << 30;
  const std::uint32_t half = crc32_combine(0xCBF43926, 0, half_bytes);
  CHECK(crc32_combine(half, 0, half_bytes) == crc32_combine(0xCBF43926, 0, 2 * half_bytes));
  CHECK(half != crc32_combine(0xCBF43926, 0, half_bytes & 0x7FFFFFFF));
}
