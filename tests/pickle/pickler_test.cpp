// What the pickler does with graphs that no protocol 2 pickle of CPython gives.
#include "pickle_samples.hpp"

#include "ckpt/pickle/python2_names.hpp"

namespace ckpt::pickle {

namespace {

using samples::repickled;
using namespace std::string_view_literals;

std::string write(const Graph& graph) { return std::string(as_text(pickle(graph))); }

std::string pickle_error(std::string_view stream) {
  return samples::message_of([&] { repickled(stream); });
}

}  // namespace

TEST_CASE("a string of Python 2 becomes text if it is UTF-8, and stays a string if not") {
  CHECK(repickled("U\x02hi."sv) == "\x80\x02X\x02\x00\x00\x00hiq\x00."sv);
  CHECK(repickled("U\x02\xC3\xA9."sv) == "\x80\x02X\x02\x00\x00\x00\xC3\xA9q\x00."sv);
  CHECK(repickled("U\x01\xE9."sv) == "\x80\x02U\x01\xE9q\x00."sv);
  CHECK(repickled("U\x03\xED\xA0\x80."sv) == "\x80\x02U\x03\xED\xA0\x80q\x00."sv);
  const std::string long_bytes(256, '\xE9');
  const std::string length = samples::number_bytes(256, 4);
  CHECK(repickled("T" + length + long_bytes + ".") ==
        "\x80\x02T" + length + long_bytes + std::string("q\0.", 3));
}

TEST_CASE("strings are shared by identity, not by content") {
  CHECK(repickled("X\x01\x00\x00\x00"
                  "a2\x86."sv) ==
        "\x80\x02X\x01\x00\x00\x00"
        "aq\x00h\x00\x86q\x01."sv);
  Graph graph;
  const NodeId items[] = {graph.add_text("a"), graph.add_text("a")};
  graph.set_root(graph.add_tuple(items));
  CHECK(write(graph) ==
        "\x80\x02X\x01\x00\x00\x00"
        "aq\x00X\x01\x00\x00\x00"
        "aq\x01\x86q\x02."sv);
}

TEST_CASE("a global is one object however often it is named") {
  CHECK(repickled("cm\nC\ncm\nC\n\x86."sv) ==
        "\x80\x02"
        "cm\nC\nq\x00h\x00\x86q\x01."sv);
}

TEST_CASE("a persistent reference is written each time, its id by identity") {
  CHECK(repickled("K\x01\x85Q2\x86."sv) == "\x80\x02K\x01\x85q\x00Qh\x00Q\x86q\x01."sv);
}

TEST_CASE("memo numbers beyond 255 take four bytes") {
  const std::string pickle = repickled("]" + samples::repeat("]a", 257) + "2\x86.");
  CHECK(pickle.find(concat("]q\xFF]r"sv, samples::number_bytes(256, 4))) != std::string::npos);
  CHECK(pickle.ends_with(concat("eh\x00\x86r"sv, samples::number_bytes(258, 4), ".")));
}

TEST_CASE("what protocol 2 has no spelling for is refused") {
  CHECK(pickle_error("cm\nC\n)R(N\x90."sv) ==
        "items added to an object: protocol 2 has no opcode for it");
  CHECK(pickle_error("\x8C\x01m\x8C\x03"
                     "a\nb\x93."sv) ==
        "global 'm' 'a\\nb': protocol 2 has no spelling for an empty name or one of several lines");
}

TEST_CASE("a set within itself is refused rather than written for ever") {
  CHECK(pickle_error("\x8F\x94(h\x00\x85\x90."sv) ==
        "a set contains itself, as no set in Python can");
  CHECK(pickle_error("\x8F\x94(]h\x00\x86\x90."sv) ==
        "a set contains itself, as no set in Python can");
}

TEST_CASE("a set within an object that it contains is written as CPython writes it") {
  // class A in module m; a = A(); s = {a}; a.s = s; pickle.dumps(s, 4)
  const std::string protocol4 = samples::from_hex(
      "80 04 95 1c 00 00 00 00 00 00 00 8f 94 28 8c 01 6d 94 8c 01 41 94 93 94 29 81 94 7d 94"
      "8c 01 73 94 68 00 73 62 90 2e");
  const std::string protocol2 = samples::from_hex(
      "80 02 63 5f 5f 62 75 69 6c 74 69 6e 5f 5f 0a 73 65 74 0a 71 00 5d 71 01 63 6d 0a 41 0a 71 02"
      "29 81 71 03 7d 71 04 58 01 00 00 00 73 71 05 68 00 5d 71 06 68 03 61 85 71 07 52 71 08 73 62"
      "61 85 71 09 52 30 68 08 2e");
  CHECK(samples::to_hex(repickled(protocol4)) == samples::to_hex(protocol2));
}

TEST_CASE("a pickle out of proportion to its content is refused") {
  const std::string number =
      "\x8B" + samples::number_bytes(100'000, 4) + std::string(100'000, '\1');
  const std::string pickle = "](" + number + std::string("q\0", 2) +
                             samples::repeat(std::string_view("h\0", 2), 1000) + "e.";
  CHECK(pickle_error(pickle).starts_with(
      "the pickle is out of proportion to its content: expected at most "));
}

TEST_CASE("Python 3 names become those of Python 2, which stay as they are") {
  CHECK(to_python2({"builtins", "range"}) == Global{"__builtin__", "xrange"});
  CHECK(to_python2({"builtins", "set"}) == Global{"__builtin__", "set"});
  CHECK(to_python2({"builtins", "ValueError"}) == Global{"exceptions", "ValueError"});
  CHECK(to_python2({"builtins", "FileNotFoundError"}) == Global{"exceptions", "OSError"});
  CHECK(to_python2({"copyreg", "_reconstructor"}) == Global{"copy_reg", "_reconstructor"});
  CHECK(to_python2({"_functools", "partial"}) == Global{"functools", "partial"});
  CHECK(to_python2({"urllib.parse", "quote"}) == Global{"urllib", "quote"});
  CHECK(to_python2({"urllib.parse", "other"}) == Global{"urlparse", "other"});
  CHECK(to_python2({"collections", "OrderedDict"}) == Global{"collections", "OrderedDict"});
  CHECK(to_python2({"torch", "FloatStorage"}) == Global{"torch", "FloatStorage"});
  for (const Global& python2 : {Global{"__builtin__", "xrange"}, Global{"exceptions", "OSError"},
                                Global{"copy_reg", "_reconstructor"}, Global{"dbm", "open"}})
    CHECK(to_python2(python2) == python2);
}

}  // namespace ckpt::pickle
