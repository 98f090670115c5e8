// Every opcode of protocols 0 to 5, and what it leaves in the graph.
#include "pickle_samples.hpp"

namespace ckpt::pickle {

namespace {

using samples::shown;
using namespace std::string_view_literals;

}  // namespace

TEST_CASE("constants and binary integers have their values") {
  CHECK(shown("N."sv) == "None");
  CHECK(shown("\x88."sv) == "True");
  CHECK(shown("\x89."sv) == "False");
  CHECK(shown("K\xFF."sv) == "255");
  CHECK(shown("M\x01\xFF."sv) == "65281");
  CHECK(shown("J\xFF\xFF\xFF\xFF."sv) == "-1");
  CHECK(shown("J\x00\x00\x00\x80."sv) == "-2147483648");
}

TEST_CASE("long integers are two's complement of any length") {
  CHECK(shown("\x8A\x00."sv) == "0");
  CHECK(shown("\x8A\x01\xFF."sv) == "-1");
  CHECK(shown("\x8A\x02\xFF\x00."sv) == "255");
  CHECK(shown("\x8A\x08\x00\x00\x00\x00\x00\x00\x00\x80."sv) == "-9223372036854775808");
  CHECK(shown("\x8A\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00."sv) == "long'000000000000008000'");
  CHECK(shown("\x8A\x0C\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00."sv) == "1");
  CHECK(shown("\x8B\x02\x00\x00\x00\x00\x80."sv) == "-32768");
}

TEST_CASE("numbers of protocol 0 are read as CPython reads their lines") {
  CHECK(shown("I12\n."sv) == "12");
  CHECK(shown("I-7\n."sv) == "-7");
  CHECK(shown("I00\n."sv) == "False");
  CHECK(shown("I01\n."sv) == "True");
  CHECK(shown("I1\n."sv) == "1");
  CHECK(shown("I0x1f\n."sv) == "31");
  CHECK(shown("I010\n."sv) == "8");
  CHECK(shown("I9223372036854775808\n."sv) == "long'000000000000008000'");
  CHECK(shown("L12L\n."sv) == "12");
  CHECK(shown("L-12\n."sv) == "-12");
  CHECK(shown("L0b101L\n."sv) == "5");
  CHECK(shown("L1_000L\n."sv) == "1000");
  CHECK(shown("L-18446744073709551616L\n."sv) == "long'0000000000000000ff'");
  CHECK(shown("F1.5\n."sv) == "1.5");
  CHECK(shown("F-1e3\n."sv) == "-1000.0");
  CHECK(shown("F+.5\n."sv) == "0.5");
  CHECK(shown("Finf\n."sv) == "inf");
  CHECK(shown("F-Infinity\n."sv) == "-inf");
  CHECK(shown("Fnan\n."sv) == "nan");
  CHECK(shown("F1e-999\n."sv) == "0.0");
}

TEST_CASE("BINFLOAT is big endian") {
  CHECK(shown("G\x3F\xF8\x00\x00\x00\x00\x00\x00."sv) == "1.5");
  CHECK(shown("G\xFF\xF0\x00\x00\x00\x00\x00\x00."sv) == "-inf");
}

TEST_CASE("strings of Python 2 stay bytes") {
  CHECK(shown("U\x03"
              "ab\xFF."sv) == "raw'ab\\xff'");
  CHECK(shown("T\x02\x00\x00\x00hi."sv) == "raw'hi'");
  CHECK(shown("S'a\\'b'\n."sv) == "raw'a'b'");
  CHECK(shown("S\"\\x41\\101\\t\\\\\\q\"\n."sv) == "raw'AA\\t\\\\q'");
}

TEST_CASE("text is UTF-8, with surrogates alone where Python had them") {
  CHECK(shown("X\x03\x00\x00\x00\xE4\xB8\xAD."sv) == "'\xE4\xB8\xAD'");
  CHECK(shown("\x8C\x01z."sv) == "'z'");
  CHECK(shown("\x8D\x01\x00\x00\x00\x00\x00\x00\x00z."sv) == "'z'");
  CHECK(shown("X\x03\x00\x00\x00\xED\xA0\x80."sv) == "'\\ud800'");
}

TEST_CASE("UNICODE is Latin-1 with \\u escapes, and a doubled backslash is no escape") {
  CHECK(shown("Va\xE9\\u4e2d\\U0001f600\n."sv) == "'a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80'");
  CHECK(shown("V\\\\u4e2d\n."sv) == "'\\\\u4e2d'");
  CHECK(shown("V\\n\n."sv) == "'\\n'");
}

TEST_CASE("bytes and bytearrays have three lengths of length") {
  CHECK(shown("C\x01\xFF."sv) == "b'\\xff'");
  CHECK(shown("B\x01\x00\x00\x00q."sv) == "b'q'");
  CHECK(shown("\x8E\x01\x00\x00\x00\x00\x00\x00\x00q."sv) == "b'q'");
  CHECK(shown("\x96\x01\x00\x00\x00\x00\x00\x00\x00q."sv) == "bytearray'q'");
}

TEST_CASE("tuples of any size keep the order of their items") {
  CHECK(shown(")."sv) == "()");
  CHECK(shown("K\x01\x85."sv) == "(1)");
  CHECK(shown("K\x01K\x02\x86."sv) == "(1, 2)");
  CHECK(shown("K\x01K\x02K\x03\x87."sv) == "(1, 2, 3)");
  CHECK(shown("(K\x01K\x02K\x03K\x04t."sv) == "(1, 2, 3, 4)");
  CHECK(shown("(t."sv) == "()");
}

TEST_CASE("lists grow by APPEND, APPENDS and LIST") {
  CHECK(shown("]."sv) == "[]");
  CHECK(shown("]K\x01"
              "aK\x02"
              "a(K\x03K\x04"
              "e."sv) == "[1, 2, 3, 4]");
  CHECK(shown("(K\x01K\x02l."sv) == "[1, 2]");
}

TEST_CASE("dicts grow by SETITEM, SETITEMS and DICT, and repeated keys are kept in order") {
  CHECK(shown("}K\x01Ns(K\x02NK\x01\x88u."sv) == "{1: None, 2: None, 1: True}");
  CHECK(shown("(K\x01K\x02"
              "d."sv) == "{1: 2}");
}

TEST_CASE("sets grow by ADDITEMS, frozensets come complete") {
  CHECK(shown("\x8F(K\x01K\x02\x90."sv) == "set{1, 2}");
  CHECK(shown("(K\x01K\x02\x91."sv) == "frozenset{1, 2}");
}

TEST_CASE("POP takes a value or a mark, POP_MARK all above a mark") {
  CHECK(shown("K\x01K\x02"
              "0."sv) == "1");
  CHECK(shown("K\x01(0."sv) == "1");
  CHECK(shown("K\x01(K\x02K\x03"
              "1."sv) == "1");
}

TEST_CASE("DUP and the memo give the same node, not a copy") {
  const std::string_view pickles[] = {"]2\x86."sv, "]q\x05h\x05\x86."sv, "]p7\ng7\n\x86."sv,
                                      "]r\x00\x00\x00\x01j\x00\x00\x00\x01\x86."sv,
                                      "]\x94h\x00\x86."sv};
  for (const std::string_view pickle : pickles) {
    const Unpickled read = samples::unpickle_text(pickle);
    const auto items = read.graph.items(read.graph.root());
    REQUIRE(items.size() == 2);
    CHECK(items[0] == items[1]);
  }
}

TEST_CASE("MEMOIZE takes the next index after as many as were used") {
  CHECK(shown("K\x01\x94K\x02\x94K\x03\x94h\x01."sv) == "2");
}

TEST_CASE("globals are names, by line or from the stack") {
  CHECK(shown("ctorch._utils\n_rebuild\n."sv) == "<torch._utils _rebuild>");
  CHECK(shown("X\x01\x00\x00\x00mX\x03\x00\x00\x00"
              "A.B\x93."sv) == "<m A.B>");
}

TEST_CASE("persistent references keep their id") {
  CHECK(shown("Pabc\n."sv) == "persistent('abc')");
  CHECK(shown("K\x01K\x02\x86Q."sv) == "persistent((1, 2))");
}

TEST_CASE("calls are recorded and not made") {
  CHECK(shown("cos\nsystem\nU\x02ls\x85R."sv) == "call(<os system>, (raw'ls'))");
  CHECK(shown("cm\nC\n)\x81."sv) == "new(<m C>, ())");
  CHECK(shown("cm\nC\n)}\x92."sv) == "new_ex(<m C>, (), {})");
  CHECK(shown("(K\x01im\nC\n."sv) == "call(<m C>, (1))");
  CHECK(shown("(im\nC\n."sv) == "new(<m C>, ())");
  CHECK(shown("(cm\nC\nK\x01o."sv) == "call(<m C>, (1))");
}

TEST_CASE("what is done to an object is kept in order") {
  CHECK(shown("cm\nC\n)R(K\x01K\x02"
              "eK\x03K\x04sK\x05"
              "a}b(K\x06\x90."sv) ==
        "call(<m C>, ()).append(1).append(2).set(3, 4).append(5).build({}).add(6)");
}

TEST_CASE("an object may be called, and may be the arguments of a call") {
  CHECK(shown("cm\nf\n)R)R."sv) == "call(call(<m f>, ()), ())");
  CHECK(shown("cm\nf\ncm\nS\n)RR."sv) == "call(<m f>, call(<m S>, ()))");
}

TEST_CASE("values may contain themselves") {
  CHECK(shown("]q\x00h\x00"
              "a."sv) == "[...]");
  CHECK(shown("}q\x00K\x01h\x00s."sv) == "{1: ...}");
  CHECK(shown("cm\nC\n)\x81q\x00h\x00"
              "b."sv) == "new(<m C>, ()).build(...)");
}

TEST_CASE("frames are passed over, and the protocol and the end are reported") {
  const Unpickled read =
      samples::unpickle_text("\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N.K\x01."sv);
  CHECK(samples::show(read.graph) == "None");
  CHECK(read.protocol == 4);
  CHECK(read.size_bytes == 13);
  CHECK(samples::unpickle_text("N."sv).protocol == 0);
}

TEST_CASE("what else is on the stack at STOP is ignored") { CHECK(shown("K\x01(K\x02."sv) == "2"); }

TEST_CASE("an empty batch asks nothing of what it would change") {
  CHECK(shown("N(e."sv) == "None");
  CHECK(shown("K\x01(u."sv) == "1");
  CHECK(shown(")(\x90."sv) == "()");
}

}  // namespace ckpt::pickle
