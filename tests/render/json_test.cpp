// What the JSON writer promises: exact numbers, valid text for any bytes, one layout.
#include "ckpt/render/json.hpp"

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using ckpt::render::JsonWriter;

namespace {

std::string json_string(std::string_view text) {
  std::string out;
  ckpt::render::append_json_string(out, text);
  return out;
}

template <class Value>
std::string json_of(const Value& value) {
  JsonWriter json;
  json.value(value);
  return json.take_text();
}

}  // namespace

TEST_CASE("objects have a line a member and arrays of numbers stay on one line") {
  JsonWriter json;
  json.begin_object();
  json.member("key", "a");
  json.key("shape");
  json.begin_array();
  json.value(3);
  json.value(4);
  json.end_array();
  json.member("is_tied", false);
  json.key("with");
  json.null();
  json.end_object();
  CHECK(json.is_complete());
  CHECK(json.take_text() ==
        "{\n"
        "  \"key\": \"a\",\n"
        "  \"shape\": [3, 4],\n"
        "  \"is_tied\": false,\n"
        "  \"with\": null\n"
        "}\n");
}

TEST_CASE("arrays of objects and of texts have a line an element") {
  JsonWriter json;
  json.begin_array();
  json.begin_object();
  json.member("a", 1);
  json.end_object();
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.end_array();
  json.begin_array();
  json.value("x");
  json.value("y");
  json.end_array();
  json.end_array();
  CHECK(json.take_text() ==
        "[\n"
        "  {\n"
        "    \"a\": 1\n"
        "  },\n"
        "  {},\n"
        "  [],\n"
        "  [\n"
        "    \"x\",\n"
        "    \"y\"\n"
        "  ]\n"
        "]\n");
}

TEST_CASE("integers of 64 bits are exact") {
  CHECK(json_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808\n");
  CHECK(json_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615\n");
}

TEST_CASE("doubles are the shortest text that reads back the same") {
  CHECK(json_of(0.1) == "0.1\n");
  CHECK(json_of(1.0) == "1.0\n");
  CHECK(json_of(1e-5) == "1e-05\n");
  CHECK(json_of(-0.0) == "-0.0\n");
  CHECK(json_of(5e-324) == "5e-324\n");
}

TEST_CASE("NaN and infinities are spelled as strings") {
  CHECK(json_of(std::numeric_limits<double>::quiet_NaN()) == "\"nan\"\n");
  CHECK(json_of(std::numeric_limits<double>::infinity()) == "\"inf\"\n");
  CHECK(json_of(-std::numeric_limits<double>::infinity()) == "\"-inf\"\n");
}

TEST_CASE("strings escape what JSON demands") {
  CHECK(json_string("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(json_string("\n\r\t\b\f\x01") == R"("\n\r\t\u0008\u000c\u0001")");
  CHECK(json_string(std::string_view("\0", 1)) == R"("\u0000")");
}

TEST_CASE("strings hold nothing that steers a terminal") {
  CHECK(json_string("\x1b[2J\x7f") == R"("\u001b[2J\u007f")");
  CHECK(json_string("\xc2\x9b") == R"("\u009b")");
  CHECK(json_string("\u202e\u2028") == R"("\u202e\u2028")");
}

TEST_CASE("text beyond ASCII stays, invalid bytes become U+FFFD, lone surrogates escapes") {
  CHECK(json_string("größe 重み 🙂") == "\"größe 重み 🙂\"");
  CHECK(json_string("a\xff\xc3z") == "\"a\uFFFD\uFFFDz\"");
  CHECK(json_string("\xed\xa0\x80") == R"("\ud800")");
}

TEST_CASE("text may be taken piece by piece") {
  JsonWriter json;
  json.begin_array();
  json.value(1);
  std::string text = json.take_text();
  CHECK(text == "[1");
  CHECK(json.pending_bytes() == 0);
  CHECK_FALSE(json.is_complete());
  json.value(2);
  json.end_array();
  text += json.take_text();
  CHECK(text == "[1, 2]\n");
}

TEST_CASE("calls out of order are mistakes") {
  JsonWriter in_object;
  in_object.begin_object();
  CHECK_THROWS_AS(in_object.value(1), std::logic_error);
  CHECK_THROWS_AS(in_object.end_array(), std::logic_error);
  in_object.key("a");
  CHECK_THROWS_AS(in_object.key("b"), std::logic_error);
  CHECK_THROWS_AS(in_object.end_object(), std::logic_error);

  JsonWriter finished;
  finished.value(1);
  CHECK_THROWS_AS(finished.value(2), std::logic_error);
  CHECK_THROWS_AS(finished.key("a"), std::logic_error);
}

TEST_CASE("a million levels of arrays are written without recursion") {
  constexpr std::size_t levels = 1'000'000;
  JsonWriter json;
  std::size_t size_bytes = 0;
  for (std::size_t level = 0; level < levels; ++level) json.begin_array();
  for (std::size_t level = 0; level < levels; ++level) {
    json.end_array();
    if (json.pending_bytes() > 1'000'000) size_bytes += json.take_text().size();
  }
  CHECK(json.is_complete());
  CHECK(size_bytes < 300 * levels);
}
