#include "ckpt/base/utf8.hpp"

#include <doctest/doctest.h>

#include <string>

using ckpt::decode_utf8;
using ckpt::escape_controls;
using ckpt::is_utf8;

namespace {

std::string encoded(char32_t code) {
  std::string out;
  ckpt::append_utf8(out, code);
  return out;
}

}  // namespace

TEST_CASE("a character is encoded in one to four bytes and read back") {
  CHECK(encoded(U'a') == "a");
  CHECK(encoded(0xE9) == "\xc3\xa9");
  CHECK(encoded(0x20AC) == "\xe2\x82\xac");
  CHECK(encoded(0x1F600) == "\xf0\x9f\x98\x80");
  for (const char32_t code : {0x00u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    const ckpt::Utf8Char read = decode_utf8(encoded(code));
    CHECK(read.code == code);
    CHECK(read.size_bytes == encoded(code).size());
    CHECK(read.is_valid);
  }
}

TEST_CASE("a lone surrogate is a character, as Python's surrogatepass writes it") {
  CHECK(encoded(0xD800) == "\xed\xa0\x80");
  CHECK(decode_utf8("\xed\xa0\x80").code == 0xD800);
  CHECK(
      is_utf8("a\xed\xbf\xbf"
              "b"));
}

TEST_CASE("a byte that belongs to no character is one invalid byte") {
  // A continuation alone, an impossible lead, a cut sequence, an overlong form, beyond U+10FFFF.
  for (const std::string text : {"\x80", "\xff", "\xc3", "\xe2\x82", "\xc0\x80", "\xe0\x80\x80",
                                 "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    CAPTURE(text.size());
    const ckpt::Utf8Char read = decode_utf8(text);
    CHECK_FALSE(read.is_valid);
    CHECK(read.size_bytes == 1);
    CHECK(read.code == static_cast<unsigned char>(text[0]));
    CHECK_FALSE(is_utf8("a" + text));
  }
  CHECK(is_utf8(""));
}

TEST_CASE("what could move a terminal is escaped") {
  CHECK(escape_controls("plain \\ text") == "plain \\ text");
  CHECK(escape_controls("\t\r\n") == "\\t\\r\\n");
  CHECK(escape_controls(std::string("\0\x1b\x7f", 3)) == "\\x00\\x1b\\x7f");
  CHECK(escape_controls(encoded(0x85)) == "\\x85");
  CHECK(escape_controls(encoded(0x202E) + "txt") == "\\u202etxt");
  CHECK(escape_controls(encoded(0x2028)) == "\\u2028");
  CHECK(escape_controls(encoded(0x2066)) == "\\u2066");
  CHECK(escape_controls(encoded(0xD800)) == "\\ud800");
}

TEST_CASE("text in any script stays as it is, broken bytes do not") {
  CHECK(escape_controls("\xce\xb1\xe5\xb1\x82\xf0\x9f\x98\x80") ==
        "\xce\xb1\xe5\xb1\x82\xf0\x9f\x98\x80");
  CHECK(escape_controls("\xc3(\xff") == "\\xc3(\\xff");
}
