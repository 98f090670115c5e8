#include "ckpt/torch/safety.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "ckpt/base/text.hpp"

namespace ckpt::torch {

namespace {

/// "data.pkl 0 os.system x1" a callable that is not allowed, then the tricks.
std::string alarms_of(std::string_view pickle, Dialect dialect = Dialect::python) {
  SafetyInspector inspector(dialect);
  inspector.inspect(as_bytes(pickle), "data.pkl");
  const Safety safety = inspector.result();
  std::vector<std::string> alarms;
  for (const Callable& callable : safety.callables)
    if (!callable.is_allowed)
      alarms.push_back(
          concat(callable.place, ' ', callable.offset, ' ', callable.name, " x", callable.calls));
  for (const Trick& trick : safety.tricks) alarms.push_back(concat(trick.offset, ' ', trick.what));
  CHECK_EQ(alarms.empty(), safety.is_safe());
  return join(alarms, "; ");
}

}  // namespace

TEST_CASE("allowed names raise no alarm") {
  CHECK_EQ(alarms_of("\x80\2ccollections\nOrderedDict\n)R."), "");
  CHECK_EQ(alarms_of("\x80\2c__builtin__\nset\n](K\1e\x85R."), "");
  CHECK_EQ(alarms_of("\x80\2]."), "");
}

TEST_CASE("a callable is told once, with its first place and the number of its calls") {
  CHECK_EQ(alarms_of("cos\nsystem\n)Rcos\nsystem\n)R."), "data.pkl 0 os.system x2");
  CHECK_EQ(alarms_of("cos\nsystem\n."), "data.pkl 0 os.system x0");
}

TEST_CASE("what a call returns is called too") {
  CHECK_EQ(alarms_of("ca\nb\n)R)R."), "data.pkl 0 a.b x1; data.pkl 8 the result of a.b() x1");
}

TEST_CASE("pickles after pickles and inside of strings are looked into") {
  CHECK_EQ(alarms_of("N.cos\nsystem\n)R."), "data.pkl: pickle 2 0 os.system x1");
  CHECK_EQ(alarms_of("C\x10\x80\2cos\nsystem\n)R.N."), "data.pkl: inside a string 2 os.system x1");
}

TEST_CASE("tricks are named") {
  CHECK_EQ(alarms_of("ccollections\nOrderedDict\n}b."),
           "26 sets attributes of collections.OrderedDict itself");
  CHECK_EQ(alarms_of("ctorch\nfloat32\nNa."), "16 changes what torch.float32 holds");
  CHECK_EQ(alarms_of("\x80\4]X\xff\xff\xff\x7f"),
           "3 is broken: byte 3: BINUNICODE: value needs 2147483647 bytes, but 0 remain");
}

TEST_CASE("a call behind the end of a frame is named, and told as a trick") {
  using namespace std::string_view_literals;
  const std::string pickle("\x80\4\x95\xa\0\0\0\0\0\0\0X\xa\0\0\0jjjjjfffffB\xf\0\0\0"sv);
  CHECK_EQ(alarms_of(concat(pickle, "0cos\ngetcwd\n)R.0.")),
           "data.pkl 32 os.getcwd x1; 11 has an argument that reaches over the end of its frame, "
           "which unpicklers read in several ways");
}

TEST_CASE("a call in a pickle behind the rest of a frame is named") {
  using namespace std::string_view_literals;
  const std::string pickle("\x80\4\x95\7\0\0\0\0\0\0\0N.B\xe\0\0\0"sv);
  CHECK_EQ(alarms_of(concat(pickle, "cos\ngetcwd\n)RN.")),
           "data.pkl: pickle 2 0 os.getcwd x1; 12 ends before its frame does: unpicklers look for "
           "the next pickle in several places");
}

TEST_CASE("a later pickle that begins and breaks is told") {
  CHECK_EQ(alarms_of("\x80\2N.NK"),
           "1 is broken: byte 1: BININT1: value needs 1 byte, but 0 remain");
  CHECK_EQ(alarms_of("\x80\2N.\n"), "");
  CHECK_EQ(alarms_of("\x80\2N.ios\ngetcwd\n"),
           "data.pkl: pickle 2 0 os.getcwd x0; 0 is broken: byte 0: INST: expected a mark on the "
           "stack, got none; what comes before is done");
  CHECK_EQ(alarms_of("\x80\2Np1\n.g1\n."),
           "0 takes from its memo what only an earlier pickle has put there");
}

TEST_CASE("what no pickler writes and readers part at is told") {
  CHECK_EQ(alarms_of("\x80\2Np+1\n."),
           "3 has an index into its memo that unpicklers read in several ways");
  CHECK_EQ(alarms_of("\x80\2N(2."),
           "4 takes values from below a mark, as only unpicklers before Python 3.6 do");
}

TEST_CASE("more pickles than are looked through are told, whatever they begin with") {
  std::string pickles;
  for (int i = 0; i < 64; ++i) pickles += "N.";
  CHECK_EQ(alarms_of(pickles), "");
  CHECK_EQ(alarms_of(pickles + "cos\ngetcwd\n)R."), "0 holds more than 64 pickles");
}

TEST_CASE("items that are set in a tensor are told") {
  CHECK_EQ(alarms_of("\x80\2ctorch\nTensor\n)RK\1K\2s."),
           "22 sets items of torch.Tensor(), which is no dict");
  CHECK_EQ(alarms_of("\x80\2ccollections\nOrderedDict\n)RK\1K\2s."), "");
}

TEST_CASE("pickles are suspect that name something, however many are in front of it") {
  const auto is_suspected = [](std::string_view start) {
    return is_suspect(as_bytes(start), pickle::Extent::whole);
  };
  CHECK(is_suspected("N.cos\ngetcwd\n)R."));
  CHECK(is_suspected("N.N.N.cos\ngetcwd\n)R.\xff"));
  CHECK_FALSE(is_suspected("N.N.N."));
  CHECK(is_suspected("cos"));  // Python looks up the name "" in a module o
  CHECK_FALSE(is_suspect(as_bytes("cos"), pickle::Extent::cut));
}

TEST_CASE("a suspect is told when readers part in it and what follows may name a global") {
  const auto is_told = [](std::string_view bytes) {
    SafetyInspector inspector;
    inspector.inspect_suspect(as_bytes(bytes), "data/0");
    return !inspector.result().is_safe();
  };
  CHECK(is_told("N(2.cos\ngetcwd\n)R."));
  CHECK(is_told("(N2\xff cos\ngetcwd\n)R.") == false);  // no reader goes on there
  CHECK_FALSE(is_told("Np+1\n\1\2\3"));
  CHECK_FALSE(is_told("N.NK"));
}

TEST_CASE("the number that begins a legacy stream is known however it is written") {
  const auto is_magic = [](std::string_view pickle) {
    return is_legacy_magic(pickle::scan(as_bytes(pickle)));
  };
  using namespace std::string_view_literals;
  CHECK(is_magic("\x80\2\x8a\xa\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."));
  CHECK(is_magic("\x8b\xa\0\0\0\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv));
  CHECK(is_magic("I119547037146038801333356\n."));
  CHECK(is_magic("L0x1950a86a20f9469cfc6cL\n."));
  CHECK_FALSE(is_magic("I119547037146038801333357\n."));
  CHECK_FALSE(is_magic("I119547037146038801333356\n"));
}

TEST_CASE("a name longer than 1000 bytes is cut, and said once however often it is named") {
  const std::string name(1001, 'a');
  const std::string told = concat(name.substr(0, 300), "...");
  const std::string put =
      concat("\x80\4X\xe9\3", std::string(2, '\0'), name, "\x94X\1", std::string(3, '\0'), "m\x94");
  CHECK_EQ(alarms_of(concat(put, std::string("h\1h\0\x93h\1h\0\x93.", 11))),
           concat("data.pkl 1020 m.", told.substr(0, 298),
                  "... x0; 1020 names a global by more than "
                  "1000 bytes"));
  CHECK_EQ(alarms_of(concat("c", name.substr(1), "\nx\n.")), concat("data.pkl 0 ", told, " x0"));
}

TEST_CASE("a line break or a zero byte in a name is told") {
  using namespace std::string_view_literals;
  CHECK_EQ(alarms_of("cos\nsys\0tem\n)0."sv),
           "data.pkl 0 os.sys\\x00tem x0; 0 names a global with a line break or a zero byte in its "
           "name");
}

TEST_CASE("classes of an archive of TorchScript are no Python") {
  CHECK_EQ(alarms_of("c__torch__.net\nNet\n)\x81.", Dialect::torchscript_object), "");
  CHECK_EQ(alarms_of("c__torch__.net\nNet\n)\x81.", Dialect::torchscript),
           "data.pkl 0 __torch__.net.Net x1");
  CHECK_EQ(alarms_of("ctorch.jit._pickle\nbuild_intlist\n)R.", Dialect::torchscript), "");
  CHECK_EQ(alarms_of("ctorch.jit._pickle\nbuild_intlist.__builtins__.get\n)R.",
                     Dialect::torchscript_object),
           "data.pkl 0 torch.jit._pickle.build_intlist.__builtins__.get x1");
  CHECK_EQ(alarms_of("c__torch__.net\nNet\n)\x81."), "data.pkl 0 __torch__.net.Net x1");
  CHECK_EQ(alarms_of("cos\nsystem\n)R.", Dialect::torchscript), "data.pkl 0 os.system x1");
}

TEST_CASE("pickles within pickles are looked into, four hundred deep") {
  std::string pickle = "cos\nsystem\n.";
  for (int i = 0; i < 400; ++i) {
    const std::string inner = "\x80\3" + pickle;
    pickle = "B";
    for (int shift = 0; shift < 32; shift += 8)
      pickle += static_cast<char>((inner.size() >> shift) & 0xFF);
    pickle += inner + ".";
  }
  CHECK(alarms_of(pickle).ends_with("inside a string 2 os.system x0"));
}

}  // namespace ckpt::torch
