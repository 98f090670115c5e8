// Zip files for tests: the ones torch wrote, and small ones built field by field, so that each
// field can lie. The builder shares no code with zip::Writer.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_text.hpp"
#include "base/temporary_folder.hpp"
#include "ckpt/zip/archive.hpp"

namespace ckpt::test {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Zip files below the folders torch-* of `testdata`.
inline std::vector<std::filesystem::path> zip_files_of(const std::filesystem::path& testdata) {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::exists(testdata)) return found;
  for (const auto& item : std::filesystem::recursive_directory_iterator(testdata)) {
    const bool is_by_torch =
        std::filesystem::relative(item.path(), testdata).string().starts_with("torch-");
    if (is_by_torch && item.is_regular_file() && read_file(item.path()).starts_with("PK\3\4"))
      found.push_back(item.path());
  }
  return found;
}

/// `number` in `size_bytes` bytes, little endian.
inline std::string number_bytes(std::uint64_t number, int size_bytes) {
  std::string bytes;
  for (int i = 0; i < size_bytes; ++i, number >>= 8) bytes += static_cast<char>(number & 0xFF);
  return bytes;
}

inline std::uint32_t zlib_crc32(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Raw deflate at level 9.
inline std::string deflate(std::string text) {
  std::string out(text.size() + text.size() / 100 + 100, '\0');
  z_stream stream{};
  ::deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

/// One entry; a field that is not given has its honest value.
struct SampleEntry {
  std::string name;
  std::string payload;  ///< as it lies in the file
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint16_t disk = 0;
  std::optional<std::uint32_t> crc32 = {};
  std::optional<std::uint32_t> size_bytes = {};
  std::optional<std::uint32_t> compressed_bytes = {};
  std::optional<std::uint32_t> header_offset = {};
  std::string local_extra = {};
  std::string central_extra = {};
  std::string comment = {};
  std::optional<std::uint16_t> local_name_bytes = {};
};

/// The fields of the end record; the same rule.
struct SampleEnd {
  std::uint16_t disk = 0;
  std::optional<std::uint16_t> entry_count = {};
  std::optional<std::uint32_t> directory_bytes = {};
  std::optional<std::uint32_t> directory_offset = {};
  std::string comment = {};
  std::string gap = {};  ///< between directory and end record
};

inline std::string end_record(const SampleEnd& end, std::size_t entry_count,
                              std::size_t directory_bytes, std::size_t directory_offset) {
  const std::string count = number_bytes(end.entry_count.value_or(entry_count), 2);
  return "PK\5\6" + number_bytes(end.disk, 2) + number_bytes(0, 2) + count + count +
         number_bytes(end.directory_bytes.value_or(directory_bytes), 4) +
         number_bytes(end.directory_offset.value_or(directory_offset), 4) +
         number_bytes(end.comment.size(), 2) + end.comment;
}

inline std::string central_entry(const SampleEntry& entry, std::size_t header_offset) {
  const std::uint32_t crc = entry.method == 0 ? zlib_crc32(entry.payload) : 0;
  return "PK\1\2" + number_bytes(20, 2) + number_bytes(20, 2) + number_bytes(entry.flags, 2) +
         number_bytes(entry.method, 2) + number_bytes(0, 4) +
         number_bytes(entry.crc32.value_or(crc), 4) +
         number_bytes(entry.compressed_bytes.value_or(entry.payload.size()), 4) +
         number_bytes(entry.size_bytes.value_or(entry.payload.size()), 4) +
         number_bytes(entry.name.size(), 2) + number_bytes(entry.central_extra.size(), 2) +
         number_bytes(entry.comment.size(), 2) + number_bytes(entry.disk, 2) + number_bytes(0, 6) +
         number_bytes(entry.header_offset.value_or(header_offset), 4) + entry.name +
         entry.central_extra + entry.comment;
}

inline std::string make_zip(const std::vector<SampleEntry>& entries, const SampleEnd& end = {}) {
  std::string file;
  std::string directory;
  for (const SampleEntry& entry : entries) {
    directory += central_entry(entry, file.size());
    file += "PK\3\4" + number_bytes(20, 2) + number_bytes(entry.flags, 2) +
            number_bytes(entry.method, 2) + number_bytes(0, 16) +
            number_bytes(entry.local_name_bytes.value_or(entry.name.size()), 2) +
            number_bytes(entry.local_extra.size(), 2) + entry.name + entry.local_extra +
            entry.payload;
  }
  const std::size_t directory_offset = file.size();
  return file + directory + end.gap +
         end_record(end, entries.size(), directory.size(), directory_offset);
}

/// An archive whose file holds `bytes`; the file has no name any more.
inline zip::Archive open_zip(std::string_view bytes) {
  const TemporaryFolder folder(folder_in_memory());
  write_file(folder.path() / "sample.zip", bytes);
  return zip::Archive(File::open(folder.path() / "sample.zip"));
}

/// Of the Error that opening `bytes` gives, as error_of().
inline std::string error_of_zip(std::string_view bytes) {
  return samples::error_of([&] { open_zip(bytes); });
}

}  // namespace ckpt::test
