#include "ckpt/base/bytes.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error_text.hpp"
#include "ckpt/base/arena.hpp"

using ckpt::as_bytes;
using ckpt::as_text;
using ckpt::ByteReader;
using ckpt::samples::error_of;

TEST_CASE("numbers are little endian, whatever the machine") {
  ByteReader reader(as_bytes("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"));
  CHECK(reader.read_u8("a") == 0x01);
  CHECK(reader.read_u16("b") == 0x0302);
  CHECK(reader.read_u32("c") == 0x0706'0504);
  CHECK(reader.read_u64("d") == 0x0f0e'0d0c'0b0a'0908);
  CHECK(reader.position() == 15);
  CHECK(reader.is_at_end());
}

TEST_CASE("a signed number is read by its two's complement") {
  ByteReader reader(as_bytes("\xff\xff\xff\xff\xfe\xff\xff\x7f"));
  CHECK(reader.read_i32("minus one") == -1);
  CHECK(reader.read_i32("large") == 0x7fff'fffe);
}

TEST_CASE("numbers that are appended read back the same") {
  ckpt::Bytes bytes;
  ckpt::append_little_endian<std::uint16_t>(bytes, 0xBEEF);
  ckpt::append_little_endian<std::uint64_t>(bytes, 0x0123'4567'89AB'CDEF);
  ckpt::append_bytes(bytes, as_bytes("end"));
  CHECK(as_text(bytes) ==
        "\xef\xbe\xef\xcd\xab\x89\x67\x45\x23\x01"
        "end");
  CHECK(ckpt::from_little_endian<std::uint16_t>(bytes.data()) == 0xBEEF);
}

TEST_CASE("a read beyond the end names what it wanted and how much there is") {
  ByteReader reader(as_bytes("abc"));
  CHECK(as_text(reader.take(2, "two bytes")) == "ab");
  CHECK(error_of([&] { reader.read_u32("opcode argument"); }) ==
        "malformed: opcode argument needs 4 bytes, but 1 remains");
  CHECK(error_of([&] { reader.take(~std::uint64_t{0}, "length"); }) ==
        "malformed: length needs 18446744073709551615 bytes, but 1 remains");
  CHECK(reader.remaining() == 1);
  reader.take(1, "last");
  CHECK(error_of([&] { reader.read_u8("one more"); }) ==
        "malformed: one more needs 1 byte, but 0 remain");
}

TEST_CASE("nothing can be taken from the end, and nothing is") {
  ByteReader reader(as_bytes(""));
  CHECK(reader.take(0, "nothing").empty());
  CHECK(reader.is_at_end());
}

TEST_CASE("text up to an end mark passes over the mark") {
  ByteReader reader(as_bytes("torch\nFloatStorage\nrest"));
  CHECK(reader.take_until('\n', "module") == "torch");
  CHECK(reader.take_until('\n', "name") == "FloatStorage");
  CHECK(error_of([&] { reader.take_until('\n', "line"); }) == "malformed: line has no end");
  CHECK(reader.remaining() == 4);
}

TEST_CASE("text in an arena stays where it is while more is stored") {
  ckpt::TextArena arena;
  const std::string_view first = arena.store("first");
  const std::string large(100'000, 'x');
  const std::string_view second = arena.store(large);
  for (int i = 0; i < 10'000; ++i) arena.store("a text of twenty bytes");
  CHECK(first == "first");
  CHECK(second == large);
  CHECK(arena.store("").empty());
}
