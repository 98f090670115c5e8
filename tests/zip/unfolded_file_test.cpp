// Compressed data reads as the file that it was made of.
#include "ckpt/zip/unfolded_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "../formats/sniff_samples.hpp"
#include "zip_samples.hpp"

namespace ckpt::zip {

namespace {

// Of Python: gzip.compress(b"harmless") and zlib.compress(b"harmless", 0).
const std::string gzipped =
    test::from_hex("1f8b0800000000000203cb482ccacd492d2e0600c377579e08000000");
const std::string stored = test::from_hex("7801010800f7ff6861726d6c6573730ef40360");

/// Packed data in a file, and what reads it.
struct Unfolding {
  explicit Unfolding(const std::string& packed, Framing framing = Framing::own,
                     std::uint64_t most_bytes = 1 << 26, std::uint64_t budget_bytes = 1 << 30)
      : budget{budget_bytes} {
    test::write_file(folder.path() / "packed", packed);
    const std::shared_ptr<const File> source = File::open(folder.path() / "packed");
    file = UnfoldedFile::make({source, 0, source->size_bytes()}, framing, most_bytes, budget);
  }

  std::string text(std::uint64_t offset, std::uint64_t size_bytes) const {
    return std::string(as_text(file->read_bytes(offset, size_bytes)));
  }
  std::string text() const { return text(0, file->size_bytes()); }

  test::TemporaryFolder folder{test::folder_in_memory()};
  UnfoldingBudget budget;
  std::shared_ptr<const UnfoldedFile> file;
};

/// Compresses to about a half.
std::string noise(std::size_t size_bytes) {
  std::string text(size_bytes, '\0');
  std::minstd_rand random(1);
  for (char& letter : text) letter = static_cast<char>('a' + random() % 16);
  return text;
}

}  // namespace

TEST_CASE("gzip, zlib and deflated data read as what they were made of") {
  CHECK_EQ(Unfolding(gzipped).text(), "harmless");
  CHECK_EQ(Unfolding(stored).text(), "harmless");
  CHECK_EQ(Unfolding(test::deflate("harmless"), Framing::none).text(), "harmless");
  CHECK_EQ(Unfolding("").text(), "");
  CHECK_EQ(Unfolding("BZh91AY&SY").text(), "");
}

TEST_CASE("what comes before the first damage is there") {
  CHECK_EQ(Unfolding(stored.substr(0, 11)).text(), "harm");
  std::string wrong_sum = gzipped;
  wrong_sum[20] ^= 1;
  CHECK_EQ(Unfolding(wrong_sum).text(), "harmless");
}

TEST_CASE("gzip goes on after its first member and after zeros, as Python reads it") {
  const std::string nothing = test::from_hex("1f8b080000000000020303000000000000000000");
  CHECK_EQ(Unfolding(nothing + gzipped).text(), "harmless");
  CHECK_EQ(Unfolding(nothing + std::string(600, '\0') + gzipped).text(), "harmless");
  CHECK_EQ(Unfolding(gzipped + gzipped + "junk").text(), "harmlessharmless");
}

TEST_CASE("flags of gzip that zlib refuses, and Python does not look at, do not matter") {
  std::string reserved = gzipped;
  reserved[3] = '\xe0';
  CHECK_EQ(Unfolding(reserved).text(), "harmless");
  std::string with_crc = gzipped;  // of the header, which is wrong
  with_crc[3] = '\2';
  with_crc.insert(10, "xx");
  CHECK_EQ(Unfolding(with_crc).text(), "harmless");
}

TEST_CASE("any stretch reads the same, in any order") {
  const std::string text = noise(5'000'000) + std::string(9'000'000, 'x') + noise(3'000'001);
  const Unfolding unfolding(test::deflate(text), Framing::none);
  REQUIRE_EQ(unfolding.file->size_bytes(), text.size());
  CHECK_FALSE(unfolding.file->is_cut());
  std::minstd_rand random(2);
  for (int i = 0; i < 60; ++i) {
    const std::size_t offset = random() % text.size();
    const std::size_t size = std::min<std::size_t>(random() % 600'000, text.size() - offset);
    CHECK(unfolding.text(offset, size) == text.substr(offset, size));
  }
  CHECK(unfolding.text() == text);
}

TEST_CASE("data of exactly some windows reads to its end") {
  const std::string text = noise(std::size_t{1} << 19);
  CHECK(Unfolding(test::deflate(text), Framing::none).text() == text);
}

TEST_CASE("there is a bound to what is unfolded, and it tells") {
  const std::string packed = test::deflate(std::string(1'000'000, 'x'));
  const Unfolding cut(packed, Framing::none, 600'000);
  CHECK(cut.file->is_cut());
  CHECK_EQ(cut.text(), std::string(600'000, 'x'));
  CHECK_EQ(samples::error_of([&] { cut.text(600'000, 1); }),
           "malformed: bytes 600000 to 600000+1 lie outside the file of 600000 bytes");
  CHECK_FALSE(Unfolding(packed, Framing::none, 1'000'000).file->is_cut());
}

TEST_CASE("whoever jumps to and fro is stopped") {
  const std::string packed = test::deflate(std::string(20'000'000, 'x'));
  CHECK_EQ(samples::error_of([&] { Unfolding(packed, Framing::none, 1 << 26, 9'000'000); }),
           "limit: unfolds to more than is looked through");
  const Unfolding unfolding(packed, Framing::none, 1 << 26, 40'000'000);
  CHECK_EQ(samples::error_of([&] {
             for (int i = 0; i < 1000; ++i) {
               unfolding.text(19'000'000, 1);
               unfolding.text(1'000'000, 1);
             }
           }),
           "limit: unfolds to more than is looked through");
}

}  // namespace ckpt::zip
