// Pickles outside of a zip. The samples are what Python's pickle.dumps gave.
#include <doctest/doctest.h>

#include <string>

#include "sniff_samples.hpp"

namespace {

using ckpt::formats::FileKind;
using ckpt::formats::Sniffed;
using ckpt::test::from_hex;
using ckpt::test::sniff_bytes;

std::string description_of(const std::string& bytes) { return sniff_bytes(bytes).description; }

}  // namespace

TEST_CASE("the magic number of torch.save is known in every protocol") {
  const std::string binary = "8a0a6cfc9c46f9206aa850192e";
  for (const std::string& magic :
       {std::string("L119547037146038801333356L\n."), from_hex("8002" + binary),
        from_hex("8003" + binary), from_hex("8004 950d00000000000000" + binary),
        from_hex("8005 950d00000000000000" + binary)}) {
    const Sniffed sniffed = sniff_bytes(magic + from_hex("80024de9032e"));
    CHECK(sniffed.kind == FileKind::torch_legacy);
    CHECK(sniffed.description == "a pre-1.6 stream of torch.save, which ckpt does not read yet");
    CHECK(sniffed.hint == "torch.load and torch.save it with torch 1.6 or later");
  }
}

TEST_CASE("a magic number that would have to be computed makes no torch.save stream") {
  CHECK(sniff_bytes("\x80\x02"
                    "c__builtin__\neval\nq.")
            .kind == FileKind::bare_pickle);
}

TEST_CASE("a bare pickle is named with its protocol") {
  for (const char protocol : {'2', '3', '4', '5'}) {
    const Sniffed sniffed = sniff_bytes(from_hex(std::string("800") + protocol + " 5d 71 00 2e"));
    CHECK(sniffed.kind == FileKind::bare_pickle);
    CHECK(sniffed.description ==
          std::string("a bare pickle (protocol ") + protocol + "), not a file of torch.save");
    CHECK(sniffed.hint == "if you trust it, load it in Python and torch.save the object");
  }
  CHECK(sniff_bytes(from_hex("8006 5d71002e")).kind == FileKind::unknown);
}

TEST_CASE("pickles of protocols 0 and 1 are known by their opcodes") {
  using std::string_literals::operator""s;
  for (const std::string& pickle :
       {"(dp0\nVa\np1\n(lp2\nI1\naF2.5\naVx\np3\naNaI01\nas."s, "(lp0\n."s, "N."s, "]q\0."s,
        "}q\0X\1\0\0\0aq\1]q\2(K\1G@\4\0\0\0\0\0\0X\1\0\0\0xq\3NI01\nes."s,
        "c__builtin__\neval\np0\n(Vprint('456')\np1\ntp2\nRp3\n."s, "F1e-05\n."s,
        "(S'raise'\ni__builtin__\nexec\n."s, "(lp0\n.\n\t \n"s})
    CHECK(description_of(pickle) == "a bare pickle (protocol 0 or 1), not a file of torch.save");
}

TEST_CASE("a pickle of protocol 1 with a count beyond the file is a pickle, if a broken one") {
  CHECK(sniff_bytes("cbuiltins\nexec\n(X>\n f = open('my_file.txt')tRX.").kind ==
        FileKind::bare_pickle);
}

TEST_CASE("opcodes that do not come to an end with the file are no pickle") {
  const std::string pickle = "(dp0\nS'a'\np1\nI1\nsS'b'\np2\nI2\ns";
  CHECK(sniff_bytes(pickle + ".").kind == FileKind::bare_pickle);
  CHECK(sniff_bytes(pickle).kind == FileKind::unknown);
}

TEST_CASE("prose that begins with the letter of an opcode is no pickle") {
  for (const char* prose :
       {"Very good.\nNice thing.\n", "(in parentheses.", "So.", "I am here.\nSo.", "common\nsense.",
        "(dp0\nS'a'\np1\n", "cmod\n\xf8\n", "."})
    CHECK(sniff_bytes(prose).kind == FileKind::unknown);
}
