#include "ckpt/pickle/scan.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>
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
std::string deeds_of(std::string_view pickle, const ScanOptions& options = {}) {
  const Scan seen = scan(as_bytes(pickle), options);
  std::vector<std::string> deeds;
  for (const Site& site : seen.sites)
    deeds.push_back(concat(site.offset, ' ', deed_name(site.deed)));
  if (seen.broken) deeds.push_back(concat("broken at ", seen.size_bytes));
  return join(deeds, ", ");
}

/// "torn argument at 11" for each way in which readers part.
std::string partings_of(std::string_view pickle) {
  constexpr std::array<std::string_view, parting_count> names{
      "torn argument", "nested frame",  "frame beyond stop", "index",
      "crossed mark",  "python 2 text", "odd items",         "earlier memo"};
  const Scan seen = scan(as_bytes(pickle));
  std::vector<std::string> partings;
  for (std::size_t i = 0; i < parting_count; ++i)
    if (seen.first_partings[i] != Scan::not_seen)
      partings.push_back(concat(names[i], " at ", seen.first_partings[i]));
  return join(partings, ", ");
}

std::string framed(std::string_view frame, std::string_view behind = "") {
  return concat("\x95", number_bytes(frame.size(), 8), frame, behind);
}

std::string counted_bytes(std::string_view opcode, std::size_t size, std::string_view data) {
  return concat(opcode, number_bytes(size, 4), data);
}

constexpr std::string_view call = "0cos\ngetcwd\n)R.";
constexpr ScanOptions dropped{.framing = Framing::dropped};
constexpr ScanOptions all_dropped{.framing = Framing::all_dropped};

}  // namespace

TEST_CASE("what an argument hides behind the end of its frame is read as C reads it from a file") {
  const std::string pickle = framed(counted_bytes("X", 10, "jjjjj"),
                                    concat("fffff", counted_bytes("B", call.size(), call), "0."));
  CHECK_EQ(deeds_of(pickle), "");
  CHECK_EQ(partings_of(pickle), "torn argument at 9");
  CHECK_EQ(deeds_of(pickle, dropped), "30 names, 42 calls");
  CHECK_EQ(deeds_of(pickle, all_dropped), "30 names, 42 calls");
}

TEST_CASE("bytes are read from both sides of the end of a frame since Python 3.8") {
  const std::string pickle = framed(counted_bytes("B", 10, "jjjjj"),
                                    concat("fffff", counted_bytes("B", call.size(), call), "0."));
  CHECK_EQ(partings_of(pickle), "torn argument at 9");
  CHECK_EQ(deeds_of(pickle, dropped), "");
  CHECK_EQ(deeds_of(pickle, all_dropped), "30 names, 42 calls");
}

TEST_CASE("a line, a length and the opcode of a frame may reach over the end of one too") {
  CHECK_EQ(partings_of(framed("I1", "2\n.")), "torn argument at 9");
  CHECK_EQ(deeds_of(framed("V1", "2\n0cos\ngetcwd\n)R."), dropped), "14 names, 26 calls");
  CHECK_EQ(partings_of(framed(std::string("X\0\0", 3), std::string("\0\0.", 3))),
           "torn argument at 9");
  CHECK_EQ(partings_of(framed(std::string("N\x95\0", 3), std::string(7, '\0') + ".")),
           "torn argument at 10");
}

TEST_CASE("a frame that opens in a frame is read in several ways") {
  const std::string outer = concat("\x95", number_bytes(14, 8), "B", number_bytes(14, 4));
  const std::string pickle = framed(outer, "cos\ngetcwd\n)R..");
  CHECK_EQ(partings_of(pickle), "torn argument at 18, nested frame at 9");
  CHECK_EQ(deeds_of(pickle, dropped), "23 names, 35 calls");
}

TEST_CASE("a frame that reaches beyond STOP takes what follows with it") {
  const std::string pickle = framed("N.cos\ngetcwd\n)R.", "N.");
  CHECK_EQ(partings_of(pickle), "frame beyond stop at 10");
  CHECK_EQ(scan(as_bytes(pickle)).size_bytes, 11);
  CHECK_EQ(scan(as_bytes(pickle), dropped).size_bytes, 9 + 16);
}

TEST_CASE("frames as picklers write them are read in one way") {
  const std::string large = counted_bytes("B", 100'000, std::string(100'000, 'x'));
  CHECK_EQ(partings_of(framed("K\1K\2", framed("N."))), "");
  CHECK_EQ(partings_of(concat("\x80\4", large, framed("\x94."))), "");
  CHECK_EQ(partings_of(framed("]\x94", concat(large, framed("\x94"
                                                            "a.")))),
           "");
  // A pickle in memory may have lost its end; no unpickler takes a frame of 2^60 bytes.
  CHECK_EQ(partings_of(concat("\x95", number_bytes(std::uint64_t{1} << 60, 8), "N.")), "");
}

TEST_CASE("where unpicklers of Python 2, and Python's own, go on, so does a scan, and says so") {
  using namespace std::string_view_literals;
  const std::string behind = "0cos\ngetcwd\n)R.";
  for (const auto& row : std::to_array<std::pair<std::string_view, std::string_view>>({
           {"Np99999999999999999999\n", "index at 1"},
           {"Npabc\n0gabc\n", "index at 1"},
           {"Np-1\n0g-1\n", "index at 1"},
           {"Np+1\n0g1\n", "index at 1"},
           {"Np099999999999999999999\n0g99999999999999999999\n", "index at 1"},
           {"S'x' \n", "python 2 text at 0"},
           {"P\xff\n", "python 2 text at 0"},
           {"V\\u12\n", "python 2 text at 0"},
           {"(Nd", "odd items at 2"},
           {"}(Nu", "odd items at 3"},
           {"NN(0(0"sv, ""},
           {"N(2", "crossed mark at 2"},
           {"NN((00", ""},
           {"NN(\x86", "crossed mark at 3"},
       })) {
    const auto& [start, parting] = row;
    CHECK_NE(deeds_of(concat(start, behind)).find("calls"), std::string::npos);
    CHECK_EQ(partings_of(concat(start, behind)), parting);
  }
}

TEST_CASE("what an earlier pickle put into the memo is there for whoever keeps the memo") {
  CHECK_EQ(deeds_of("g1\ncos\ngetcwd\n)R."), "broken at 0");
  CHECK_EQ(deeds_of("g1\ncos\ngetcwd\n)R.", {.has_earlier_memo = true}), "3 names, 15 calls");
  CHECK(scan(as_bytes("Np1\n.")).has_memo);
  CHECK_FALSE(scan(as_bytes("N.")).has_memo);
}

TEST_CASE("a name that ends with the pickle loses its last byte, as in Python's own unpickler") {
  CHECK_EQ(deeds_of("(ios\ngetcwdX"), "1 names, 1 calls, broken at 12");
  CHECK_EQ(deeds_of("(ios\ngetcwdX", {.extent = Extent::cut}), "broken at 1");
  const Scan seen = scan(as_bytes("(ios\ngetcwdX"));
  CHECK_EQ(seen.graph.global(seen.sites.at(0).node).name, "getcwd");
}

TEST_CASE("a scan knows whether it broke for want of bytes") {
  for (const std::string_view pickle : {"", "N", "Vx", "Kx00", "X\5\0\0\0ab"})
    CHECK_EQ(scan(as_bytes(pickle), {.extent = Extent::cut}).is_cut_off, pickle != "Kx00");
}

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
    CHECK_EQ(deeds_of(concat("Np", line, "\n0g7\n.")), concat("broken at ", line.size() + 4));
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
