// What a wrong pickle is told: where, which opcode, what was expected, what was there.
#include "pickle_samples.hpp"

namespace ckpt::pickle {

namespace {

using samples::number_bytes;
using samples::unpickle_error;
using namespace std::string_view_literals;

ErrorKind kind_of_error(std::string_view pickle) {
  try {
    samples::unpickle_text(pickle);
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("no error");
  return ErrorKind::io;
}

}  // namespace

TEST_CASE("a byte that is no opcode is named with its place") {
  CHECK(unpickle_error("\x80\x02\xFF."sv) == "byte 2: opcode 0xff is not a pickle opcode");
  CHECK(unpickle_error("<html>"sv) == "byte 0: opcode 0x3c is not a pickle opcode");
}

TEST_CASE("a pickle without STOP ends too early") {
  CHECK(unpickle_error(""sv) == "byte 0: expected an opcode, got the end of the pickle");
  CHECK(unpickle_error("\x80\x02N"sv) == "byte 3: expected an opcode, got the end of the pickle");
}

TEST_CASE("arguments that are cut short are named") {
  CHECK(unpickle_error("NX\x05\x00\x00\x00"
                       "ab"sv) == "byte 1: BINUNICODE: value needs 5 bytes, but 2 remain");
  CHECK(unpickle_error("M\x01"sv) == "byte 0: BININT2: value needs 2 bytes, but 1 remains");
  CHECK(unpickle_error("\x8A\x02\x01"sv) == "byte 0: LONG1: value needs 2 bytes, but 1 remains");
  CHECK(unpickle_error("cmodule"sv) == "byte 0: GLOBAL: module has no end");
  CHECK(unpickle_error("I12"sv) == "byte 0: INT: value has no end");
}

TEST_CASE("lengths of billions are compared with what remains, and nothing is allocated") {
  const std::string huge = number_bytes(~std::uint64_t{0}, 8);
  CHECK(unpickle_error("\x8D" + huge) ==
        "byte 0: BINUNICODE8: value needs 18446744073709551615 bytes, but 0 remain");
  CHECK(unpickle_error("\x8E" + huge) ==
        "byte 0: BINBYTES8: value needs 18446744073709551615 bytes, but 0 remain");
  CHECK(unpickle_error("\x96" + huge) ==
        "byte 0: BYTEARRAY8: value needs 18446744073709551615 bytes, but 0 remain");
  CHECK(unpickle_error("\x95" + huge) ==
        "byte 0: FRAME: expected a frame of 18446744073709551615 bytes, got 0");
  CHECK(unpickle_error("B\xFF\xFF\xFF\xFF"sv) ==
        "byte 0: BINBYTES: value needs 4294967295 bytes, but 0 remain");
  CHECK(unpickle_error("T\xFF\xFF\xFF\xFF"sv) ==
        "byte 0: BINSTRING: expected a length of 0 or more, got -1");
  CHECK(unpickle_error("\x8B\x00\x00\x00\x80"sv) ==
        "byte 0: LONG4: expected a length of 0 or more, got -2147483648");
}

TEST_CASE("a stack that is too short is reported with what it has") {
  CHECK(unpickle_error("."sv) == "byte 0: STOP: expected 1 value on the stack, got 0");
  CHECK(unpickle_error("N(."sv) ==
        "byte 2: STOP: expected 1 value on the stack above the mark, got 0");
  CHECK(unpickle_error("Na"sv) == "byte 1: APPEND: expected 2 values on the stack, got 1");
  CHECK(unpickle_error("}Ns"sv) == "byte 2: SETITEM: expected 3 values on the stack, got 2");
  CHECK(unpickle_error("NN(N\x87"sv) ==
        "byte 4: TUPLE3: expected 3 values on the stack above the mark, got 1");
  CHECK(unpickle_error("0"sv) == "byte 0: POP: expected 1 value on the stack, got 0");
  CHECK(unpickle_error("2"sv) == "byte 0: DUP: expected 1 value on the stack, got 0");
  CHECK(unpickle_error("q\x01"sv) == "byte 0: BINPUT: expected 1 value on the stack, got 0");
}

TEST_CASE("a missing mark is reported") {
  CHECK(unpickle_error("Nt"sv) == "byte 1: TUPLE: expected a mark on the stack, got none");
  CHECK(unpickle_error("]Ne"sv) == "byte 2: APPENDS: expected a mark on the stack, got none");
  CHECK(unpickle_error("1"sv) == "byte 0: POP_MARK: expected a mark on the stack, got none");
  CHECK(unpickle_error("(e"sv) == "byte 1: APPENDS: expected a value below the mark, got none");
  CHECK(unpickle_error("N((e"sv) == "byte 3: APPENDS: expected a value below the mark, got none");
}

TEST_CASE("a memo index that was never put is reported") {
  CHECK(unpickle_error("h\x07"sv) ==
        "byte 0: BINGET: expected an index that was put before, got 7");
  CHECK(unpickle_error("j\xFF\xFF\xFF\xFF"sv) ==
        "byte 0: LONG_BINGET: expected an index that was put before, got 4294967295");
  CHECK(unpickle_error("Np-1\n"sv) == "byte 1: PUT: expected an index, got '-1'");
}

TEST_CASE("a value of the wrong type is reported with the one needed") {
  CHECK(unpickle_error(")Na"sv) == "byte 2: APPEND: expected a list, got a tuple");
  CHECK(unpickle_error("}Na"sv) == "byte 2: APPEND: expected a list, got a dict");
  CHECK(unpickle_error(")NNs"sv) == "byte 3: SETITEM: expected a dict, got a tuple");
  CHECK(unpickle_error("](NNu"sv) == "byte 4: SETITEMS: expected a dict, got a list");
  CHECK(unpickle_error("](N\x90"sv) == "byte 3: ADDITEMS: expected a set, got a list");
  CHECK(unpickle_error("]}b"sv) == "byte 2: BUILD: expected an object, got a list");
  CHECK(unpickle_error("K\x01)R"sv) ==
        "byte 3: REDUCE: callable: expected a global or an object, got an integer");
  CHECK(unpickle_error("cm\nC\n]R"sv) == "byte 6: REDUCE: arguments: expected a tuple, got a list");
  CHECK(unpickle_error("cm\nC\nN\x81"sv) ==
        "byte 6: NEWOBJ: arguments: expected a tuple, got None");
  CHECK(unpickle_error("cm\nC\n)]\x92"sv) ==
        "byte 7: NEWOBJ_EX: keywords: expected a dict, got a list");
  CHECK(unpickle_error("NN\x93"sv) ==
        "byte 2: STACK_GLOBAL: module and name: expected strings, got None");
}

TEST_CASE("keys and values come in pairs, and keys can be keys") {
  CHECK(unpickle_error("}(Nu"sv) ==
        "byte 3: SETITEMS: expected keys and values in pairs, got 1 value");
  CHECK(unpickle_error("(NNNd"sv) ==
        "byte 4: DICT: expected keys and values in pairs, got 3 values");
  CHECK(unpickle_error("}]Ns"sv) ==
        "byte 3: SETITEM: expected a value that can be a key, got a list");
  CHECK(unpickle_error("\x8F(}\x90"sv) ==
        "byte 3: ADDITEMS: expected a value that can be a key, got a dict");
}

TEST_CASE("text that is not what its opcode says is quoted") {
  CHECK(unpickle_error("X\x02\x00\x00\x00\xFF\xFE."sv) ==
        "byte 0: BINUNICODE: expected UTF-8, got '\\xff\\xfe'");
  CHECK(unpickle_error("Sabc\n."sv) == "byte 0: STRING: expected a string in quotes, got 'abc'");
  CHECK(unpickle_error("S'\\x4'\n."sv) == "byte 0: STRING: expected a complete escape, got '\\x4'");
  CHECK(unpickle_error("S'\\'\n."sv) == "byte 0: STRING: expected a complete escape, got '\\'");
  CHECK(unpickle_error("V\\u12\n."sv) ==
        "byte 0: UNICODE: expected a complete escape, got '\\u12'");
  CHECK(unpickle_error("V\\U00110000\n."sv) ==
        "byte 0: UNICODE: expected a complete escape, got '\\U00110000'");
  CHECK(unpickle_error("P\xFF\n."sv) == "byte 0: PERSID: expected ASCII, got '\\xff'");
  CHECK(unpickle_error("c\xFF\nC\n."sv) == "byte 0: GLOBAL: module: expected UTF-8, got '\\xff'");
  CHECK(unpickle_error("cm\n\n."sv) == "byte 0: GLOBAL: name is empty");
}

TEST_CASE("numbers that are none are quoted") {
  for (const std::string_view line : {"", "x", "1x", "--1", "0x", "1_", "_1", "1 2"})
    CHECK(unpickle_error(concat("L", line, "\n.")) ==
          concat("byte 0: LONG: expected an integer, got ", quote(line)));
  CHECK(unpickle_error("L012L\n."sv) == "byte 0: LONG: expected an integer, got '012'");
  CHECK(unpickle_error("I1.5\n."sv) == "byte 0: INT: expected an integer, got '1.5'");
  for (const std::string_view line : {"", "x", "1e", "0x1p3", "nan(1)", "+-1", " 1"})
    CHECK(unpickle_error(concat("F", line, "\n.")) ==
          concat("byte 0: FLOAT: expected a number, got ", quote(line)));
  CHECK(unpickle_error("F1e999\n."sv) ==
        "byte 0: FLOAT: expected a number within range, got '1e999'");
}

TEST_CASE("what would need more than the pickle is unsupported, not malformed") {
  CHECK(unpickle_error("\x82\x01."sv) ==
        "byte 0: EXT1: a number in the extension registry of the program that wrote it");
  CHECK(unpickle_error("\x97."sv) ==
        "byte 0: NEXT_BUFFER: a buffer that is kept outside of the pickle");
  CHECK(unpickle_error("\x80\x06."sv) == "byte 0: PROTO: expected a protocol up to 5, got 6");
  CHECK(unpickle_error("cm\nC\n}b"sv) ==
        "byte 6: BUILD: expected an object, got a global, which is not changed");
  for (const std::string_view pickle : {"\x82\x01."sv, "\x83\x01\x01."sv, "\x84\x01\x01\x01\x01."sv,
                                        "\x97."sv, "N\x98."sv, "\x80\x06."sv, "NQ}b."sv})
    CHECK(kind_of_error(pickle) == ErrorKind::unsupported);
}

TEST_CASE("a number of thousands of digits and a name of thousands of bytes are beyond limits") {
  CHECK(unpickle_error("L" + std::string(4301, '1') + "\n.") ==
        "byte 0: LONG: expected at most 4300 digits, got 4301");
  CHECK(samples::shown("L0x" + std::string(20, 'f') + "\n.") == "long'ffffffffffffffffffff00'");
  CHECK(unpickle_error("c" + std::string(1001, 'm') + "\nC\n.") ==
        "byte 0: GLOBAL: module: expected at most 1000 bytes, got 1001");
  CHECK(kind_of_error("L" + std::string(4301, '1') + "\n.") == ErrorKind::limit);
}

}  // namespace ckpt::pickle
