// What other programs compressed is known by its first bytes.
#include "ckpt/zip/compressed.hpp"

#include <doctest/doctest.h>

#include <string>

#include "../formats/sniff_samples.hpp"

namespace ckpt::zip {

namespace {

// Of Python: gzip.compress(b"harmless") and zlib.compress(b"harmless", 0 and 1).
const std::string gzipped =
    test::from_hex("1f8b0800000000000203cb482ccacd492d2e0600c377579e08000000");
const std::string stored = test::from_hex("7801010800f7ff6861726d6c6573730ef40360");
const std::string deflated = test::from_hex("7801cb482ccacd492d2e06000ef40360");

std::string_view compression_of_text(std::string_view text) {
  return compression_of(as_bytes(text));
}

}  // namespace

TEST_CASE("compressed data is named") {
  CHECK_EQ(compression_of_text(gzipped), "gzip");
  CHECK_EQ(compression_of_text(stored), "zlib");
  CHECK_EQ(compression_of_text(deflated), "zlib");
  CHECK_EQ(compression_of_text(test::from_hex("28b52ffd0458510000636865636b")), "zstd");
  CHECK_EQ(compression_of_text(test::from_hex("fd377a585a000004e6d6b4460200")), "xz");
  CHECK_EQ(compression_of_text(test::from_hex("5d00008000ffffffffffffffff00")), "lzma");
  CHECK_EQ(compression_of_text(test::from_hex("425a6839314159265359206e9670")), "bzip2");
  CHECK_EQ(compression_of_text(test::from_hex("04224d186440a70a000080636865")), "lz4");
}

TEST_CASE("what only begins like compressed data is not named") {
  for (const std::string_view text : {"", "x", "\x1f\x8b", "x^ is a column", "x\x9c text", "BZh9"})
    CHECK_EQ(compression_of_text(text), "");
}

TEST_CASE("data is known by a piece of it, however short") {
  CHECK_EQ(compression_of_text(gzipped.substr(0, 3)), "gzip");
  for (std::size_t size = 3; size < stored.size(); ++size)
    CHECK_EQ(compression_of_text(stored.substr(0, size)), "zlib");
}

TEST_CASE("forms that few write, and Python reads, are named too") {
  // zlib.compressobj(wbits=9); bz2.compress(b"") before another; lzma with a window of 4 KiB.
  CHECK_EQ(compression_of_text(test::from_hex("18d3cb482ccacd492d2e06000ef40360")), "zlib");
  CHECK_EQ(compression_of_text(test::from_hex("425a683917724538509000000000")), "bzip2");
  CHECK_EQ(compression_of_text(test::from_hex("5d00100000ffffffffffffffff00")), "lzma");
}

TEST_CASE("the header of an old file of joblib is passed over") {
  const std::string header = "ZF0x8" + std::string(16, ' ');
  CHECK_EQ(zfile_header_bytes(as_bytes(header + deflated)), 21);
  CHECK_EQ(zfile_header_bytes(as_bytes(header + " " + deflated)), 22);  // of Python 2
  CHECK_EQ(zfile_header_bytes(as_bytes(header + "text")), 0);
  CHECK_EQ(zfile_header_bytes(as_bytes(header)), 0);
}

}  // namespace ckpt::zip
