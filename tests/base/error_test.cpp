#include "ckpt/base/error.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "base/error_text.hpp"

using ckpt::Error;
using ckpt::ErrorKind;
using ckpt::within;

TEST_CASE("an error collects its places on the way up, outermost first") {
  const auto deep = [] { throw Error(ErrorKind::malformed, "opcode 0xff", "a hint"); };
  const auto middle = [&] { within("data.pkl", deep); };
  CHECK(ckpt::samples::error_of([&] { within("model.pt", middle); }) ==
        "malformed: model.pt: data.pkl: opcode 0xff [a hint]");
}

TEST_CASE("what is done within a place returns its value") {
  CHECK(within("model.pt", [] { return 17; }) == 17);
  std::string text = "a";
  within("model.pt", [&]() -> std::string& { return text; }) += "b";
  CHECK(text == "ab");
}

TEST_CASE("only errors of ckpt get a place") {
  CHECK_THROWS_WITH_AS(within("model.pt", [] { throw std::logic_error("inside"); }), "inside",
                       std::logic_error);
}

TEST_CASE("what() is the message") {
  const Error error(ErrorKind::io, "no space left");
  CHECK(std::string(error.what()) == "no space left");
  CHECK(error.hint().empty());
  CHECK(error.kind() == ErrorKind::io);
}
