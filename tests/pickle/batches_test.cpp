// How CPython cuts dicts and lists into batches of 1000, which differs for dicts, lists and the
// content of other objects. The counts were read from pickletools.dis(pickle.dumps(x, 2)).
#include "pickle_samples.hpp"

namespace ckpt::pickle {

namespace {

using samples::repeat;
using samples::repickled;
using namespace std::string_view_literals;

struct Batches {
  std::size_t count;
  std::string list;  ///< after EMPTY_LIST BINPUT: [None] * count
  std::string dict;  ///< after EMPTY_DICT BINPUT: dict of 0..., all None, with K\x05 for each key
  std::string subclass;  ///< the same for OrderedDict
};

const std::string item = "N";
const std::string entry = "K\x05N";

std::string batch(const std::string& element, std::size_t count, char op) {
  return "(" + repeat(element, count) + op;
}

const Batches all_batches[] = {
    {0, "", "", ""},
    {1, item + "a", entry + "s", entry + "s"},
    {2, batch(item, 2, 'e'), batch(entry, 2, 'u'), batch(entry, 2, 'u')},
    {999, batch(item, 999, 'e'), batch(entry, 999, 'u'), batch(entry, 999, 'u')},
    {1000, batch(item, 1000, 'e'), batch(entry, 1000, 'u') + "(u", batch(entry, 1000, 'u')},
    {1001, batch(item, 1000, 'e') + "(Ne", batch(entry, 1000, 'u') + batch(entry, 1, 'u'),
     batch(entry, 1000, 'u') + entry + "s"},
    {2000, batch(item, 1000, 'e') + batch(item, 1000, 'e'),
     batch(entry, 1000, 'u') + batch(entry, 1000, 'u') + "(u",
     batch(entry, 1000, 'u') + batch(entry, 1000, 'u')},
};

}  // namespace

TEST_CASE("a list is written in batches of 1000, the last of any size") {
  for (const Batches& expected : all_batches) {
    CAPTURE(expected.count);
    const std::string pickle = "\x80\x02]q" + std::string(1, '\0') + expected.list + '.';
    CHECK(repickled("](" + repeat(item, expected.count) + "e.") == pickle);
    CHECK(repickled(pickle) == pickle);
  }
}

TEST_CASE("a dict of a multiple of 1000 entries ends with an empty batch") {
  for (const Batches& expected : all_batches) {
    CAPTURE(expected.count);
    const std::string pickle = "\x80\x02}q" + std::string(1, '\0') + expected.dict + '.';
    CHECK(repickled("}(" + repeat(entry, expected.count) + "u.") == pickle);
    CHECK(repickled(pickle) == pickle);
  }
}

TEST_CASE("what is set on an object is written in batches too, a single last one by SETITEM") {
  for (const Batches& expected : all_batches) {
    CAPTURE(expected.count);
    const std::string made = std::string(
        "\x80\x02"
        "ccollections\nOrderedDict\nq\x00)Rq\x01"sv);
    const std::string pickle = made + expected.subclass + '.';
    CHECK(repickled("ccollections\nOrderedDict\n)R(" + repeat(entry, expected.count) + "u.") ==
          pickle);
    CHECK(repickled(pickle) == pickle);
  }
}

TEST_CASE("runs of different steps are separate batches, and states stand alone") {
  const std::string made = std::string(
      "\x80\x02"
      "cm\nC\nq\x00)\x81q\x01"sv);
  const std::string steps = std::string(
      "(NNe(K\x01NK\x02Nu}q\x02"
      "bNa."sv);
  CHECK(repickled(made + steps) == made + steps);
  CHECK(repickled("cm\nC\n)\x81NaNaK\x01NsK\x02Ns}bNa.") == made + steps);
}

}  // namespace ckpt::pickle
