// Small archives cut at every length and with every bit of their directory flipped: each gives an
// Error or an archive that can be read to its end, never anything else.
#include <doctest/doctest.h>

#include <string>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/writer.hpp"
#include "zip_samples.hpp"

namespace {

using ckpt::test::SampleEntry;
using ckpt::zip::Archive;

std::string torch_style_zip() {
  const ckpt::test::TemporaryFolder folder;
  ckpt::AtomicFile out(folder.path() / "out.zip", ckpt::Overwrite::no);
  ckpt::zip::Writer writer(out, {.top_folder = "m"});
  writer.add("data.pkl", ckpt::as_bytes("pickle"));
  writer.add("data/0", {});
  writer.add("version", ckpt::as_bytes("3\n"));
  writer.finish();
  out.commit();
  return ckpt::test::read_file(folder.path() / "out.zip");
}

std::string plain_zip() {
  SampleEntry deflated{
      .name = "m/d", .payload = ckpt::test::deflate("text text text"), .method = 8};
  deflated.size_bytes = 14;
  deflated.crc32 = 0;
  return ckpt::test::make_zip({{.name = "m/a", .payload = "a"}, deflated}, {.comment = "PK"});
}

/// Opens and reads everything; what went wrong, or "no error".
std::string error_of_reading(const std::string& bytes) {
  return ckpt::samples::error_of([&] {
    const Archive archive = ckpt::test::open_zip(bytes);
    for (const auto& entry : archive.entries()) archive.read(entry, 1 << 20);
  });
}

void flip_every_bit(const std::string& zip, std::size_t from) {
  for (std::size_t bit = from * 8; bit < zip.size() * 8; ++bit) {
    std::string flipped = zip;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    CHECK_NOTHROW(error_of_reading(flipped));
  }
}

}  // namespace

TEST_CASE("a truncated archive is refused at every length") {
  for (const std::string& zip : {torch_style_zip(), plain_zip()})
    for (std::size_t size_bytes = 4; size_bytes < zip.size(); ++size_bytes) {
      CAPTURE(size_bytes);
      CHECK(error_of_reading(zip.substr(0, size_bytes)) ==
            "malformed: the zip directory at the end is missing: the file is truncated");
    }
}

TEST_CASE("an archive without its first bytes is refused") {
  const std::string zip = torch_style_zip();
  for (std::size_t lost_bytes = 1; lost_bytes < zip.size(); ++lost_bytes)
    CHECK(error_of_reading(zip.substr(lost_bytes)).starts_with("malformed: "));
}

TEST_CASE("a flipped bit anywhere in an archive gives an error or an archive") {
  const std::string torch_style = torch_style_zip();
  CHECK(error_of_reading(torch_style) == "no error");
  flip_every_bit(torch_style, 0);
  flip_every_bit(plain_zip(), 0);
}
