#include "ckpt/render/size_text.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace ckpt::render;

TEST_CASE("bytes are told in decimal units with one decimal") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(48) == "48 B");
  CHECK(human_bytes(999) == "999 B");
  CHECK(human_bytes(1000) == "1.0 kB");
  CHECK(human_bytes(1500) == "1.5 kB");
  CHECK(human_bytes(497'800'000) == "497.8 MB");
  CHECK(human_bytes(std::numeric_limits<std::uint64_t>::max()) == "18.4 EB");
}

TEST_CASE("a size that rounds up to a thousand takes the next unit") {
  CHECK(human_bytes(999'949) == "999.9 kB");
  CHECK(human_bytes(999'950) == "1.0 MB");
}

TEST_CASE("counts of parameters are short") {
  CHECK(human_count(0) == "0");
  CHECK(human_count(999) == "999");
  CHECK(human_count(1234) == "1.2 k");
  CHECK(human_count(25'557'032) == "25.6 M");
  CHECK(human_count(6'738'415'616) == "6.7 G");
}

TEST_CASE("times grow from milliseconds to hours") {
  CHECK(human_seconds(0) == "0.0 ms");
  CHECK(human_seconds(0.0042) == "4.2 ms");
  CHECK(human_seconds(0.31) == "0.31 s");
  CHECK(human_seconds(9.999) == "10.0 s");
  CHECK(human_seconds(59.96) == "1 min 0 s");
  CHECK(human_seconds(75) == "1 min 15 s");
  CHECK(human_seconds(7380) == "2 h 3 min");
  CHECK(human_seconds(std::numeric_limits<double>::quiet_NaN()) == "0.0 ms");
  CHECK(human_seconds(std::numeric_limits<double>::infinity()) == "83333333 h 20 min");
}

TEST_CASE("rates lose their decimals from ten on") {
  CHECK(human_rate(810e6) == "810 MB/s");
  CHECK(human_rate(1.23e9) == "1.2 GB/s");
  CHECK(human_rate(48) == "48 B/s");
  CHECK(human_rate(0) == "0 B/s");
}
