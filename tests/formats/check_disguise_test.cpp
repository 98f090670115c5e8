#include <doctest/doctest.h>

#include "ckpt/base/text.hpp"
#include "ckpt/formats/check.hpp"
#include "sniff_samples.hpp"

namespace ckpt::formats {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view old_evil = "cos\nsystem\n(S'id'\ntR.";
constexpr std::string_view evil = "\x80\2cos\nsystem\nX\2\0\0\0id\x85R."sv;
constexpr std::string_view good = "\x80\2}."sv;

// Of Python: gzip.compress and zlib.compress of `evil`, gzip.compress of `good`.
const std::string gzipped = test::from_hex(
    "1f8b08000000000002036b604ace2fe62aae2c2e49cde58a60626060c84c690dd20300f6df7c5417000000");
const std::string with_zlib =
    test::from_hex("789c6b604ace2fe62aae2c2e49cde58a60626060c84c690dd20300563e06ad");
const std::string good_gzipped = test::from_hex("1f8b08000000000002036b60aad503003db7de8904000000");

Checked check(std::string_view bytes) {
  const test::TemporaryFolder folder(test::folder_in_memory());
  test::write_file(folder.path() / "evil.pt", bytes);
  return check_file(folder.path() / "evil.pt", {.depth = Depth::every_byte});
}

/// "data/0: os.system" for each callable that would be called and is not allowed.
std::string called(std::string_view bytes) {
  std::vector<std::string> names;
  for (const torch::Callable& callable : check(bytes).safety.callables)
    if (callable.calls > 0 && !callable.is_allowed)
      names.push_back(concat(callable.place, ": ", callable.name));
  return join(names, "; ");
}

std::string zip_with(std::string_view record, std::string_view payload) {
  return test::make_zip({{.name = "a/data.pkl", .payload = std::string(good)},
                         {.name = "a/version", .payload = "3\n"},
                         {.name = concat("a/", record), .payload = std::string(payload)}});
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string tar_header(std::string_view name, std::string_view octal_size, char kind) {
  std::string header(name);
  header.resize(512);
  header.replace(124, octal_size.size(), octal_size);
  header[156] = kind;
  header.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  for (std::size_t at = 154; at-- > 148; sum /= 8) header[at] = static_cast<char>('0' + sum % 8);
  return header;
}

}  // namespace

TEST_CASE("a pickle that begins as another kind of file is told") {
  CHECK_EQ(called(concat("GGUF\3\0\0\0\0"sv, old_evil)), "stream: os.system");
  CHECK_EQ(called(concat("PK\3\4\n0", old_evil)), "stream: os.system");
  CHECK_EQ(called(concat("V\0\0\0\0\0\0\0{\n"sv, old_evil, std::string(90, ' '))),
           "stream: os.system");
}

TEST_CASE("a pickle is told in whichever record of a zip it lies") {
  CHECK_EQ(called(zip_with("hook", old_evil)), "hook: os.system");
  CHECK_EQ(called(zip_with("data/0", evil)), "data/0: os.system");
  CHECK_EQ(called(zip_with("weights.pt", zip_with("x.pkl", evil))), "weights.pt: x.pkl: os.system");
}

TEST_CASE("a pickle is told however deep it lies, three levels of them") {
  CHECK_EQ(called(zip_with("x.zip", zip_with("y.zip", zip_with("z.zip", zip_with("p", evil))))),
           "x.zip: y.zip: z.zip: p: os.system");
  const Checked checked =
      check(zip_with("v", zip_with("w", zip_with("x", zip_with("y", zip_with("z", evil))))));
  REQUIRE_EQ(checked.safety.tricks.size(), 1);
  CHECK_EQ(checked.safety.tricks[0].place, "v: w: x: y");
  CHECK_EQ(checked.safety.tricks[0].what, "lies in 4 others, deeper than is looked into");
  CHECK_FALSE(checked.safety.is_safe());
}

TEST_CASE("a pickle is told behind one that does nothing, wherever it lies") {
  const std::string second = concat("N.", old_evil, "\0"sv);
  CHECK_EQ(called(second), "stream: pickle 2: os.system");
  CHECK_EQ(called(zip_with("hook", second)), "hook: pickle 2: os.system");
  CHECK_EQ(called(zip_with("data/0", second)), "data/0: pickle 2: os.system");
  CHECK_EQ(called(concat(repeated("N.", 3000), old_evil)), "");
  CHECK_FALSE(check(concat(repeated("N.", 3000), old_evil)).safety.is_safe());
  CHECK_FALSE(check(zip_with("hook", concat(repeated("N.", 64), old_evil))).safety.is_safe());
}

TEST_CASE("a stream of torch.save before 1.6 is one whatever opcodes its number is written with") {
  const std::string numbers = "I119547037146038801333356\n.I1001\n.}.";
  const Checked checked = check(concat(numbers, old_evil, "].\0"sv));
  CHECK(checked.kind == FileKind::torch_legacy);
  CHECK_EQ(called(concat(numbers, old_evil, "].\0"sv)), "stream: pickle 4: os.system");
  CHECK_EQ(called(concat(numbers, "}.", old_evil, "\0"sv)), "stream: pickle 5: os.system");
  CHECK_EQ(checked.loading.weights_only_refusal, "the opcode INT is not allowed");
}

TEST_CASE("a pickle is told behind a string or a line that is longer than a storage is read") {
  const std::string longer(std::size_t{17} << 20, 'a');
  std::string length;
  for (int shift = 0; shift < 32; shift += 8)
    length += static_cast<char>((longer.size() >> shift) & 0xFF);
  for (const std::string& start :
       {concat("X", length, longer), concat("V", longer, "\n"), concat("c", longer, "\nx\n"),
        concat("NX", length, longer, "0V", longer, "\n")})
    CHECK_EQ(called(zip_with("data/0", concat(start, "0", old_evil))),
             "data/0: its long values left out: os.system");
  CHECK(check(zip_with("data/0", concat("X", length, longer, longer))).safety.is_safe());
  CHECK(check(zip_with("data/0", concat("V", longer))).safety.is_safe());
}

TEST_CASE("a pickle is told behind a line of any length in a record") {
  CHECK_EQ(called(zip_with("hook", concat("V", std::string(700'000, 'x'), "\n0", old_evil))),
           "hook: os.system");
}

TEST_CASE("numbers that readers part at raise no alarm") {
  for (const std::string_view numbers :
       {"N(2\1\2\3"sv, "Np+1\n\1\2"sv, "NK\5N\0"sv, "\x95\xff\xff\xff\xff\xff\xff\xff\xffN."sv})
    CHECK(check(zip_with("data/0", numbers)).safety.is_safe());
}

TEST_CASE("an archive with modules of its own beside pickles is not safe, whatever they name") {
  const auto tricks_of = [](std::string_view record, std::string_view other) {
    std::vector<std::string> tricks;
    const Checked checked =
        check(test::make_zip({{.name = concat("m/", other), .payload = std::string(good)},
                              {.name = concat("m/", record), .payload = "def f(): pass\n"}}));
    for (const torch::Trick& trick : checked.safety.tricks)
      tricks.push_back(concat(trick.place, " ", trick.what));
    return join(tricks, "; ");
  };
  constexpr std::string_view what =
      " is a Python module of the archive's own, from which pickles may be made";
  CHECK_EQ(tricks_of("collections.py", "model/model.pkl"), concat("collections.py", what));
  CHECK_EQ(tricks_of("collections/__init__.py", "x"), concat("collections/__init__.py", what));
  CHECK_EQ(tricks_of("code/__torch__.py", "constants.pkl"), "");  // TorchScript
  CHECK_EQ(tricks_of("__torch__.py", "constants.pkl"), concat("__torch__.py", what));
  CHECK_EQ(tricks_of("model.txt", "model.pkl"), "");
}

TEST_CASE("only the objects of TorchScript are of its own classes") {
  const auto called_in = [](std::string_view record) {
    return called(test::make_zip(
        {{.name = "m/constants.pkl", .payload = "\x80\2)."},
         {.name = concat("m/", record), .payload = "\x80\2c__torch__\nNet\n)\x81."}}));
  };
  CHECK_EQ(called_in("data.pkl"), "");
  CHECK_EQ(called_in("model/model.pkl"), "model/model.pkl: __torch__.Net");
}

TEST_CASE("counts of elements in a tar of the first torch.save are no pickles") {
  const std::string member = concat("\x80\2K\1."sv, "(\0\0\0\0\0\0\0"sv);  // 40 elements; ( is MARK
  std::string tar = tar_header("storages", "00000000015", '0') + member;
  tar.resize(2048);
  CHECK(check(tar).safety.is_safe());
}

TEST_CASE("a zip is told whatever stands in front of it") {
  const std::string zip = zip_with("x.pkl", evil);
  CHECK_EQ(called(concat("junk", zip)), "x.pkl: os.system");
  CHECK_EQ(called(concat("<html>", zip)), "x.pkl: os.system");
  CHECK_EQ(called(concat("\x80\2N.", zip)), "x.pkl: os.system");
}

TEST_CASE("a tar is told in whatever it lies") {
  std::string tar = tar_header("p", "00000000027", '0') + std::string(evil);
  tar.resize(2048);
  CHECK_EQ(called(zip_with("x.tar", tar)), "x.tar: p: os.system");
  CHECK_EQ(called(tar_header("t", "00000004000", '0') + tar), "p: os.system; t: p: os.system");
}

TEST_CASE("a tar whose headers are summed as signed bytes, or say so in another way, is one") {
  std::string tar = tar_header("\xff", "00000000000", '0') + tar_header("p", "00000000027", '0') +
                    std::string(evil);
  tar.replace(148, 6, "001477");  // 256 less than 002077, for a byte that is -1
  tar.resize(2048);
  CHECK_EQ(called(tar), "p: os.system");
}

TEST_CASE("a pickle that is compressed by itself is told") {
  CHECK_EQ(called(gzipped), "stream: unfolded: os.system");
  CHECK_EQ(called(with_zlib), "stream: unfolded: os.system");
  CHECK_EQ(called(zip_with("hook", gzipped)), "hook: unfolded: os.system");
  CHECK_EQ(called(zip_with("x.pkl", with_zlib)), "x.pkl: unfolded: os.system");
  CHECK_EQ(called(zip_with("data/0", gzipped)), "data/0: unfolded: os.system");
}

TEST_CASE("a record that is called a pickle and is compressed by itself is told") {
  const Checked checked = check(zip_with("x.pkl", good_gzipped));
  REQUIRE_EQ(checked.safety.tricks.size(), 2);
  CHECK_EQ(checked.safety.tricks[0].what, "is compressed with gzip");
  const Checked other = check(zip_with("x.pkl", test::from_hex("fd377a585a000004e6d6b4460200")));
  CHECK_EQ(other.safety.tricks.at(0).what, "is compressed with xz, which is not looked into");
}

TEST_CASE("other records that are compressed raise no alarm") {
  CHECK(check(zip_with("log.gz", good_gzipped)).safety.is_safe());
  const Checked checked = check(zip_with("log.xz", test::from_hex("fd377a585a000004e6d6b4460200")));
  CHECK(checked.safety.is_safe());
  CHECK_EQ(checked.remarks.at(0),
           "1 record is compressed and not looked into, the first: 'log.xz', xz");
}

TEST_CASE("a file that is compressed as a whole is no checkpoint, and nobody knows it to be safe") {
  for (const std::string& bytes : {good_gzipped, test::from_hex("fd377a585a000004e6d6b4460200")}) {
    const Checked checked = check(bytes);
    CHECK_EQ(checked.verdict, Verdict::not_checkpoint);
    CHECK(checked.is_packed);
  }
}

TEST_CASE("a tar is told whatever its first name is, and whichever size is believed") {
  std::string pickle = tar_header("pickle", "00000000027", '0') + std::string(evil);
  pickle.resize(2048);
  CHECK_EQ(called(tar_header("GGUF", "00000000000", '0') + pickle), "pickle: os.system");
  CHECK_EQ(called(tar_header("PK\3\4", "00000000000", '0') + pickle), "pickle: os.system");
  // The header of a folder has no bytes behind it, whatever it says; others might take them.
  CHECK_EQ(called(tar_header("x", "00000002000", '5') + pickle),
           "pickle: os.system; x: pickle: os.system");
}

TEST_CASE("a tar of headers that claim all of it is not read again and again") {
  // Each is the start of a pickle whose string takes the rest.
  std::string bytes;
  for (int i = 0; i < 2000; ++i) bytes += tar_header("\x80\2X\xff\xff\xff\x0f", "00077777777", '0');
  const Checked checked = check(bytes);
  CHECK_EQ(checked.verdict, Verdict::unsafe);
  CHECK_EQ(checked.safety.tricks.back().what,
           "and what follows it: is more than is looked through");
}

TEST_CASE("what only looks like a pickle raises no alarm") {
  for (const std::string& bytes :
       {zip_with("data/0", "\x80\2cos\nsystem\n"), zip_with("code.txt", "class Model:\n  pass\n"),
        concat("GGUF", std::string(100, '\0'))}) {
    CHECK(check(bytes).safety.is_safe());
    CHECK_EQ(called(bytes), "");
  }
}

TEST_CASE("a file of headers that claim all of it is not read again and again") {
  std::string bytes;
  const std::string header =
      concat("PK\3\4", std::string(22, '\0'), "\xff\xff\xff\xff");  // names and padding of 64 KiB
  for (int i = 0; i < 20'000; ++i) bytes += header;
  const Checked checked = check(bytes);
  CHECK_EQ(checked.verdict, Verdict::truncated);
  REQUIRE_EQ(checked.safety.tricks.size(), 1);
  CHECK_EQ(checked.safety.tricks[0].what, "holds more headers than are looked through");
}

}  // namespace ckpt::formats
