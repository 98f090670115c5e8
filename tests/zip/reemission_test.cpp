// Files that torch wrote are taken apart and written again: the bytes must be the same.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/writer.hpp"
#include "zip_samples.hpp"

namespace {

using ckpt::zip::Archive;
using ckpt::zip::Entry;
using ckpt::zip::Writer;
using ckpt::zip::WriterOptions;

constexpr std::uint64_t most_bytes = 1 << 20;

/// True for what torch.save writes: TorchScript records may be deflated.
bool is_torch_save(const Archive& archive, const std::string& top) {
  return archive.find(top + "/data.pkl") != nullptr &&
         archive.find(top + "/constants.pkl") == nullptr;
}

std::string text_of(const Archive& archive, const std::string& name) {
  const Entry* const entry = archive.find(name);
  if (entry == nullptr) return {};
  return std::string(ckpt::as_text(archive.read(*entry, most_bytes)));
}

WriterOptions options_of(const Archive& archive, const std::string& top) {
  WriterOptions options{.top_folder = top};
  const auto alignment = ckpt::find_unsigned(text_of(archive, top + "/.storage_alignment"));
  if (alignment) options.alignment_bytes = *alignment;
  const Entry* const pickle = archive.find(top + "/data.pkl");
  if (pickle->crc32 == 0) options.checksums = ckpt::zip::Checksums::zero;
  return options;
}

enum class Way { ranges, views };

struct Reemission {
  std::string bytes;
  std::string serialization_id;  // computed before the record of that name
  std::uint64_t announced_bytes = 0;
};

Reemission reemit(const Archive& archive, const std::string& top, Way way) {
  const ckpt::test::TemporaryFolder folder;
  const WriterOptions options = options_of(archive, top);
  Reemission result;
  ckpt::AtomicFile out(folder.path() / "out.pt", ckpt::Overwrite::no);
  Writer writer(out, options);
  std::vector<std::pair<std::string, std::uint64_t>> records;
  for (const Entry& entry : archive.entries()) {
    const std::string record = entry.name.substr(top.size() + 1);
    if (record == ".data/serialization_id") result.serialization_id = writer.serialization_id();
    records.emplace_back(record, entry.size_bytes);
    const bool has_hole = entry.crc32 == 0 && options.checksums == ckpt::zip::Checksums::computed;
    if (way == Way::ranges || has_hole)
      writer.add(record, archive.payload(entry), entry.crc32);
    else
      writer.add(record, archive.read(entry, most_bytes));
  }
  writer.finish();
  out.commit();
  result.bytes = ckpt::test::read_file(folder.path() / "out.pt");
  result.announced_bytes = Writer::archive_bytes(options, records);
  return result;
}

/// The first 20 digits depend on the C++ library; torch on Linux has libstdc++.
void check_serialization_id(const std::string& computed, const std::string& written) {
#ifdef __GLIBCXX__
  CHECK(computed == written);
#else
  CHECK(computed.size() == written.size());
  if (written.size() == 40) CHECK(computed.substr(20) == written.substr(20));
#endif
}

void check_reemission(const std::filesystem::path& path) {
  CAPTURE(path.string());
  const Archive archive(ckpt::File::open(path));
  const std::string first = archive.entries().front().name;
  const std::string top = first.substr(0, first.find('/'));
  if (!is_torch_save(archive, top)) return;
  const std::string original = ckpt::test::read_file(path);
  for (const Way way : {Way::ranges, Way::views}) {
    const Reemission again = reemit(archive, top, way);
    CHECK(again.bytes == original);
    CHECK(again.announced_bytes == original.size());
    check_serialization_id(again.serialization_id,
                           text_of(archive, top + "/.data/serialization_id"));
  }
}

}  // namespace

TEST_CASE("every file written by torch.save is written again byte for byte") {
  std::size_t count = 0;
  for (const auto& path : ckpt::test::zip_files_of(CKPT_TESTDATA_DIR)) {
    check_reemission(path);
    ++count;
  }
  CHECK(count >= 10);
}
