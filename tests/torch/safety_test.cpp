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
  CHECK_EQ(alarms_of("C\x11\x80\2cos\nsystem\n)R.NN."), "data.pkl: inside a string 2 os.system x1");
}

TEST_CASE("tricks are named") {
  CHECK_EQ(alarms_of("ccollections\nOrderedDict\n}b."),
           "26 sets attributes of collections.OrderedDict itself");
  CHECK_EQ(alarms_of("ctorch\nfloat32\nNa."), "16 changes what torch.float32 holds");
  CHECK_EQ(alarms_of("\x80\4]X\xff\xff\xff\x7f"),
           "3 is broken: byte 3: BINUNICODE: value needs 2147483647 bytes, but 0 remain");
}

TEST_CASE("classes of an archive of TorchScript are no Python") {
  CHECK_EQ(alarms_of("c__torch__.net\nNet\n)\x81.", Dialect::torchscript), "");
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
