#include "ckpt/zip/local_headers.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "zip_samples.hpp"

namespace ckpt::zip {

namespace {

constexpr std::string_view signature = "PK\3\4";

std::shared_ptr<const File> file_of(std::string_view bytes) {
  const test::TemporaryFolder folder(test::folder_in_memory());
  test::write_file(folder.path() / "sample", bytes);
  return File::open(folder.path() / "sample");
}

std::vector<std::uint64_t> signatures_of(const File& file) {
  std::vector<std::uint64_t> offsets;
  LocalSignatures signatures(file);
  for (auto at = signatures.find(0); at; at = signatures.find(*at + 1)) offsets.push_back(*at);
  return offsets;
}

/// Bytes that this process has read so far, where the system counts them.
std::uint64_t bytes_read() {
  std::ifstream counters("/proc/self/io");
  std::string name;
  std::uint64_t count = 0;
  return counters >> name >> count && name == "rchar:" ? count : 0;
}

std::string local_header(std::string_view name, std::uint16_t name_bytes,
                         std::uint16_t extra_bytes) {
  return std::string(signature) + std::string(22, '\0') + test::number_bytes(name_bytes, 2) +
         test::number_bytes(extra_bytes, 2) + std::string(name);
}

}  // namespace

TEST_CASE("signatures are found wherever they lie, across the pieces that are read too") {
  constexpr std::size_t piece_bytes = 1 << 20;
  std::string bytes(3 * piece_bytes, '\0');
  const std::vector<std::uint64_t> offsets{0, 4, piece_bytes - 2, 2 * piece_bytes - 4 + 1,
                                           bytes.size() - 4};
  for (const std::uint64_t offset : offsets)
    bytes.replace(static_cast<std::size_t>(offset), signature.size(), signature);
  CHECK_EQ(signatures_of(*file_of(bytes)), offsets);
  CHECK(signatures_of(*file_of("PK\3")).empty());
}

TEST_CASE("a file full of signatures is read once") {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes += signature;
  const auto file = file_of(bytes);
  const std::uint64_t before = bytes_read();
  CHECK_EQ(signatures_of(*file).size(), 20'000);
  if (before > 0) CHECK_LT(bytes_read() - before, 2 * bytes.size());
}

TEST_CASE("a name that is too long for the asker is no header") {
  const auto file = file_of(local_header("a/data.pkl", 10, 0));
  CHECK_EQ(find_local_header(*file, 0)->name, "a/data.pkl");
  CHECK(find_local_header(*file, 0, 10).has_value());
  CHECK_FALSE(find_local_header(*file, 0, 9).has_value());
  CHECK_FALSE(find_local_header(*file_of(local_header("a/data.pkl", 11, 0)), 0).has_value());
}

}  // namespace ckpt::zip
