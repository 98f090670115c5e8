// Pickles that were cut, damaged or made to hurt: an Error or a graph, in time and memory that go
// with their size, and no recursion anywhere, freeing included.
#include <filesystem>

#include "base/depth.hpp"
#include "ckpt/base/file.hpp"
#include "pickle_samples.hpp"

namespace ckpt::pickle {

namespace {

using samples::from_hex;
using samples::number_bytes;
using samples::repeat;
using test::depth;
using namespace std::string_view_literals;

/// Most opcodes of all protocols, as CPython 3.11 writes
/// [1, (2, 3), {"a": b"b"}, A(), 2**70, 1.5, None, {4}, bytearray(b"c")] with A() built by {'x':
/// 1}.
const std::string small_pickles[] = {
    // protocol 0
    "(lp0\nI1\na(I2\nI3\ntp1\na(dp2\nVa\np3\nI01\nsaccopy_reg\n_reconstructor\np4\n(cm\nA\np5\n"
    "c__builtin__\nobject\np6\nNtp7\nRp8\n(dp9\nVx\np10\nI1\nsbaL1180591620717411303424L\naF1.5\n"
    "aNaS'str\\x00'\np11\na.",
    // protocol 2
    from_hex("80025d7100284b014b024b0386710158010000006171027d7103580100000062710468037363"
             "6d0a410a71052981710628710758010000007871084b016275"
             "8a09000000000000000040473ff80000000000004e652e"),
    // protocols 4 and 5
    from_hex("80059558000000000000005d94284b014b024b038694430162948c016d948c01419493942981947d94"
             "8c0178944b0173628a09000000000000000040473ff80000000000004e8f94284b04904b0585942891"
             "96010000000000000063945594652e"),
    // the stack, by hand
    "(K\x01K\x02\x31(im\nC\np5\n0(cm\nC\nNo}b2\x86Pid\n\x85Q.",
};

/// Reads and, where that works, writes: only Error may come out.
void try_both_ways(std::string_view pickle) {
  try {
    samples::repickled(pickle);
  } catch (const Error& error) {
    CHECK_FALSE(error.message().empty());
  }
}

}  // namespace

TEST_CASE("a pickle cut at any length is an error or a graph") {
  for (const std::string& pickle : small_pickles)
    for (std::size_t length = 0; length < pickle.size(); ++length)
      try_both_ways(std::string_view(pickle).substr(0, length));
}

TEST_CASE("a pickle with any bit flipped is an error or a graph") {
  for (const std::string& pickle : small_pickles) {
    for (std::size_t bit = 0; bit < 8 * pickle.size(); ++bit) {
      std::string damaged = pickle;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      try_both_ways(damaged);
    }
  }
}

TEST_CASE("a pickle with any byte replaced by any opcode is an error or a graph") {
  const std::string& pickle = small_pickles[1];
  for (std::size_t at = 0; at < pickle.size(); ++at) {
    for (int code = 0; code < 256; ++code) {
      std::string damaged = pickle;
      damaged[at] = static_cast<char>(code);
      try_both_ways(damaged);
    }
  }
}

TEST_CASE("values of any kind are read, written and freed however deep they are nested") {
  struct Nested {
    std::string pickle;
    std::size_t node_count;
  };
  const Nested all_nested[] = {
      {repeat("]", depth) + repeat("a", depth - 1) + ".", depth},
      {")" + repeat("\x85", depth) + ".", depth + 1},
      {repeat("(", depth) + repeat("t", depth) + ".", depth},
      {repeat("}K\x01", depth) + "N" + repeat("s", depth) + ".", 2 * depth + 1},
      {"cm\nC\n" + repeat(")R", depth) + ".", 2 * depth + 1},
      {"N" + repeat("Q", depth) + ".", depth + 1},
      {repeat("(", depth) + repeat("\x91", depth) + ".", depth},
  };
  for (const Nested& nested : all_nested) {
    const Unpickled read = samples::unpickle_text(nested.pickle);
    CHECK(read.graph.size() == nested.node_count);
    CHECK(pickle(read.graph).size() > depth);
  }
}

TEST_CASE("lists are written as they were read however deep they are nested") {
  const std::string written = samples::repickled(repeat("]", depth) + repeat("a", depth - 1) + ".");
  CHECK(written.starts_with("\x80\x02]q\x00]q\x01]q\x02"sv));
  CHECK(written.ends_with("aaaa."));
  CHECK(samples::repickled(written) == written);
}

TEST_CASE("memo indices far apart cost as much as near ones") {
  std::string pickle = "N";
  for (std::uint64_t i = 0; i < 100'000; ++i)
    pickle += "r" + number_bytes((i * 2'654'435'761) & 0xFFFF'FFFF, 4);
  CHECK(samples::shown(pickle + "0j" + number_bytes(0, 4) + ".") == "None");
  CHECK(samples::shown("K\x01p18446744073709551615\n0g18446744073709551615\n.") == "1");
}

TEST_CASE("a memo index put again gives the later value, near or far") {
  CHECK(samples::shown("K\x01q\x05K\x02q\x05h\x05."sv) == "2");
  CHECK(samples::shown("K\x01p99999\nK\x02p99999\ng99999\n.") == "2");
  std::string pickle = "K\x01p3000\n";
  for (int i = 0; i < 2000; ++i) pickle += concat("p", i, "\n");
  CHECK(samples::shown(pickle + "K\x02p3000\ng3000\n.") == "2");
  CHECK(samples::shown(pickle + "g3000\n.") == "1");
}

TEST_CASE("naming the same strings again and again does not copy them") {
  const std::string name(1000, 'm');
  const std::string pickle = "X" + number_bytes(name.size(), 4) + name + std::string("q\0", 2) +
                             repeat("h\0h\0\x93"sv, 200'000) + ".";
  const Unpickled read = samples::unpickle_text(pickle);
  const NodeId root = read.graph.root();
  const NodeId first{1};
  CHECK(read.graph.global(root).module.data() == read.graph.global(first).module.data());
}

TEST_CASE("the collected hostile files are an error or a graph") {
  const std::filesystem::path folder = std::filesystem::path(CKPT_CORPUS_DIR) / "hostile";
  if (!std::filesystem::exists(folder)) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto file = File::open(entry.path());
    CAPTURE(entry.path().string());
    try_both_ways(as_text(file->read_bytes(0, file->size_bytes())));
  }
}

}  // namespace ckpt::pickle
