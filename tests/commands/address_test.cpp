#include "commands/shared/address.hpp"

#include <doctest/doctest.h>

#include "commands/files.hpp"

using namespace ckpt;
using commands::Address;
using commands::parse_address;

TEST_CASE("a file may be followed by a path, and a file wins over both") {
  const files::Folder folder;
  files::write(folder / "run.pt", "");
  files::write(folder / "a:b.pt", "");
  const auto parsed = [&](const std::string& text) { return parse_address(folder / text); };
  CHECK(parsed("run.pt").file == folder / "run.pt");
  CHECK_FALSE(parsed("run.pt").part);
  CHECK(parsed("run.pt:models:g").file == folder / "run.pt");
  CHECK(parsed("run.pt:models:g").part == "models:g");
  CHECK(parsed("run.pt:").part == "");
  CHECK_FALSE(parsed("a:b.pt").part);
  CHECK(parsed("a:b.pt:ema").part == "ema");
  CHECK(parsed("no.pt:ema").file == folder / "no.pt:ema");
  files::write(folder / "run.pt:ema", "");
  CHECK_FALSE(parsed("run.pt:ema").part);
}
