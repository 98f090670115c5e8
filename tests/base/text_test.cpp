#include "ckpt/base/text.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using ckpt::concat;
using ckpt::real_text;

TEST_CASE("pieces of text and numbers become one text") {
  CHECK(concat("byte ", 17, ": ", std::string("x"), 'c', std::string_view("v")) == "byte 17: xcv");
  CHECK(concat(std::uint8_t{200}, ' ', std::int8_t{-5}) == "200 -5");
  CHECK(concat(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(concat(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(concat().empty());
}

TEST_CASE("a split gives one piece more than there are separators") {
  using Pieces = std::vector<std::string_view>;
  CHECK(ckpt::split("a,b", ',') == Pieces{"a", "b"});
  CHECK(ckpt::split("", ',') == Pieces{""});
  CHECK(ckpt::split(",a,,", ',') == Pieces{"", "a", "", ""});
  CHECK(ckpt::split("abc", ',') == Pieces{"abc"});
}

TEST_CASE("joining puts separators between, not around") {
  CHECK(ckpt::join({"a", "b", "c"}, ", ") == "a, b, c");
  CHECK(ckpt::join({"a"}, ", ") == "a");
  CHECK(ckpt::join({"", ""}, "-") == "-");
  CHECK(ckpt::join({}, ", ").empty());
}

TEST_CASE("a quote in a message shows what cannot be printed") {
  CHECK(ckpt::quote("fc.weight") == "'fc.weight'");
  CHECK(ckpt::quote("") == "''");
  CHECK(ckpt::quote("a\nb\x1b[31m") == "'a\\nb\\x1b[31m'");
  CHECK(ckpt::quote("\xff\xc3\xa9") == "'\\xff\xc3\xa9'");
}

TEST_CASE("a long quote is cut at 200 bytes") {
  CHECK(ckpt::quote(std::string(200, 'k')) == "'" + std::string(200, 'k') + "'");
  CHECK(ckpt::quote(std::string(201, 'k')) == "'" + std::string(200, 'k') + "...'");
}

TEST_CASE("shapes are written with x between") {
  CHECK(ckpt::shape_text({3, 4}) == "3x4");
  CHECK(ckpt::shape_text({0}) == "0");
  CHECK(ckpt::shape_text({64, 3, 7, 7}) == "64x3x7x7");
  CHECK(ckpt::shape_text({}) == "scalar");
}

TEST_CASE("one is singular, everything else plural") {
  CHECK(ckpt::counted(1, "tensor") == "1 tensor");
  CHECK(ckpt::counted(0, "tensor") == "0 tensors");
  CHECK(ckpt::counted(2, "entry", "entries") == "2 entries");
}

TEST_CASE("hexadecimal has no leading zeros") {
  CHECK(ckpt::hex_text(0) == "0x0");
  CHECK(ckpt::hex_text(0x1f) == "0x1f");
  CHECK(ckpt::hex_text(~std::uint64_t{0}) == "0xffffffffffffffff");
}

TEST_CASE("a number is the whole text or none") {
  CHECK(ckpt::find_integer("-12") == -12);
  CHECK(ckpt::find_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(ckpt::find_integer(text));
  }
  CHECK(ckpt::find_unsigned("18446744073709551615") == ~std::uint64_t{0});
  CHECK_FALSE(ckpt::find_unsigned("-1"));
}

// The texts are those of CPython's repr.
TEST_CASE("real numbers print as Python's repr prints them") {
  CHECK(real_text(0.0) == "0.0");
  CHECK(real_text(-0.0) == "-0.0");
  CHECK(real_text(1.0) == "1.0");
  CHECK(real_text(0.1) == "0.1");
  CHECK(real_text(2.0 / 3) == "0.6666666666666666");
  CHECK(real_text(1e-4) == "0.0001");
  CHECK(real_text(9.9999e-5) == "9.9999e-05");
  CHECK(real_text(1e15) == "1000000000000000.0");
  CHECK(real_text(1e16) == "1e+16");
  CHECK(real_text(123456789012345680.0) == "1.2345678901234568e+17");
  CHECK(real_text(1.5e300) == "1.5e+300");
  CHECK(real_text(5e-324) == "5e-324");
}

TEST_CASE("infinities and NaN print as Python's repr prints them") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(real_text(infinity) == "inf");
  CHECK(real_text(-infinity) == "-inf");
  CHECK(real_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
}
