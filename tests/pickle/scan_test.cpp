#include "ckpt/pickle/scan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/depth.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/python2_names.hpp"
#include "pickle_samples.hpp"

namespace ckpt::pickle {

namespace {

using samples::number_bytes;
using samples::repeat;
using test::depth;

std::string_view deed_name(Deed deed) {
  switch (deed) {
    case Deed::names:
      return "names";
    case Deed::calls:
      return "calls";
    case Deed::builds:
      return "builds";
    case Deed::changes:
      return "changes";
    case Deed::asks_host:
      return "asks";
  }
  return "";
}

/// "0 names, 11 calls" and, where it broke, "broken at 12".
std::string deeds_of(std::string_view pickle) {
  const Scan seen = scan(as_bytes(pickle));
  std::vector<std::string> deeds;
  for (const Site& site : seen.sites)
    deeds.push_back(concat(site.offset, ' ', deed_name(site.deed)));
  if (seen.broken) deeds.push_back(concat("broken at ", seen.size_bytes));
  return join(deeds, ", ");
}

}  // namespace

TEST_CASE("a scan tells what a pickle names and calls, and where") {
  CHECK_EQ(deeds_of("cos\nsystem\n(tR."), "0 names, 13 calls");
  CHECK_EQ(deeds_of("(ios\nsystem\n."), "1 names, 1 calls");
  CHECK_EQ(deeds_of("(cos\nsystem\no."), "1 names, 12 calls");
  CHECK_EQ(deeds_of("U\2osU\6system\x93)\x81."), "12 names, 14 calls");
  CHECK_EQ(deeds_of("cos\nsystem\n)}\x92."), "0 names, 13 calls");
  CHECK_EQ(deeds_of("Pabc\n."), "0 asks");
}

TEST_CASE("numbers that only some unpicklers read are passed over") {
  using namespace std::string_view_literals;
  CHECK_EQ(deeds_of("F1_0.5\n0cos\nsystem\n."), "8 names");
  CHECK_EQ(deeds_of("I1\0x\n0cos\nsystem\n."sv), "6 names");
  CHECK_EQ(deeds_of("L1\0xL\n0cos\nsystem\n."sv), "7 names");
  CHECK_EQ(deeds_of("\x80\6cos\nsystem\n."), "2 names");
  CHECK_EQ(deeds_of("\x97\x98"
                    "cos\nsystem\n."),
           "2 names");
}

TEST_CASE("the index of a line is what Python's int() makes of it, up to a 0 byte") {
  using namespace std::string_view_literals;
  for (const std::string_view line : {"7"sv, "+7"sv, " 7 "sv, "007"sv, "0_7"sv, "7\r"sv, "7\0x"sv})
    CHECK_EQ(deeds_of(concat("Np", line, "\n0g7\n.")), "");
  CHECK_EQ(deeds_of("Np-0\n0g0\n."), "");
  for (const std::string_view line : {"-7"sv, ""sv, "_7"sv, "7_"sv, "0__7"sv, "0x7"sv, "7 7"sv})
    CHECK_EQ(deeds_of(concat("Np", line, "\n.")), "broken at 1");
}

TEST_CASE("what comes before a break was done") {
  CHECK_EQ(deeds_of("cos\nsystem\n)R\xff"), "0 names, 12 calls, broken at 13");
  CHECK_EQ(deeds_of("cos\nsystem\n)R"), "0 names, 12 calls, broken at 13");
  CHECK_EQ(deeds_of("cos\nsystem\n)RX\xff\xff\xff\x7f"), "0 names, 12 calls, broken at 13");
  CHECK_EQ(deeds_of(""), "broken at 0");
}

TEST_CASE("a scan passes where some Python program would") {
  CHECK_EQ(deeds_of(std::string("\x80\4\x95") + number_bytes(1'000'000, 8) + "cos\nsystem\n)R."),
           "11 names, 23 calls");
  CHECK_EQ(deeds_of("]Nb0cos\nsystem\n)R."), "2 builds, 4 names, 16 calls");
  CHECK_EQ(deeds_of("csys\npath\nU\1xa."), "0 names, 13 changes");
  CHECK_EQ(deeds_of("cos\nsystem\n]R."), "0 names, 12 calls");
  CHECK_EQ(deeds_of("\x82\7)R."), "0 names, 3 calls");
}

TEST_CASE("a name that a call makes is computed") {
  const Scan seen = scan(as_bytes("ca\nb\n)RU\6system\x93."));
  REQUIRE_EQ(seen.sites.size(), 3);
  CHECK_EQ(seen.graph.global(seen.sites[2].node).module, computed_name);
}

TEST_CASE("a scan of any bytes ends, and tells where each opcode first stood") {
  for (int code = 0; code < 256; ++code) {
    const std::string pickle = concat("N", static_cast<char>(code), "\1\0\0\0");
    const Scan seen = scan(as_bytes(pickle));
    CHECK_EQ(seen.first_offsets['N'], 0);
    const bool is_opcode = !opcode_name(static_cast<std::uint8_t>(code)).empty();
    if (code != 'N') CHECK_EQ(seen.first_offsets[static_cast<std::size_t>(code)] == 1, is_opcode);
  }
}

TEST_CASE("deep nested lists are scanned") {
  const Scan seen = scan(as_bytes(repeat("]", depth) + repeat("a", depth - 1) + "."));
  CHECK_FALSE(seen.broken);
}

TEST_CASE("names of Python 2 are read as CPython reads them") {
  const auto mapped = [](std::string_view module, std::string_view name) {
    const Global global = to_python3({module, name});
    return concat(global.module, '.', global.name);
  };
  CHECK_EQ(mapped("__builtin__", "eval"), "builtins.eval");
  CHECK_EQ(mapped("__builtin__", "xrange"), "builtins.range");
  CHECK_EQ(mapped("__builtin__", "reduce"), "functools.reduce");
  CHECK_EQ(mapped("exceptions", "StandardError"), "builtins.Exception");
  CHECK_EQ(mapped("exceptions", "OSError"), "builtins.OSError");
  CHECK_EQ(mapped("cPickle", "loads"), "pickle.loads");
  CHECK_EQ(mapped("pickle", "loads"), "pickle.loads");
  CHECK_EQ(mapped("functools", "partial"), "functools.partial");
  CHECK_EQ(mapped("commands", "getoutput"), "subprocess.getoutput");
  CHECK_EQ(mapped("os", "system"), "os.system");
}

}  // namespace ckpt::pickle
