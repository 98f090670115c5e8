// Finds the records of an archive that may have no directory, no end, or holes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/base/file.hpp"
#include "ckpt/zip/local_headers.hpp"

namespace ckpt::formats {

struct FoundRecord {
  std::string name = {};  ///< without the top folder
  std::uint64_t payload_offset = 0;
  std::uint64_t size_bytes = 0;
  std::optional<std::uint32_t> crc32 = {};  ///< when the file says
  bool is_stored = true;
};

struct RecordSearch {
  std::shared_ptr<const File> file = {};
  std::string top_folder = {};  ///< records of other folders are somebody's bytes
  /// The size of a record whose name is known, or nothing.
  std::function<std::optional<std::uint64_t>(std::string_view name)> find_size = {};
};

/// The first record of that name. It may be longer than the file.
std::optional<zip::LocalHeader> find_first_header(const File& file, std::string_view name);

/// The records in the order of the file, whole or cut.
std::vector<FoundRecord> find_records(const RecordSearch& search);

}  // namespace ckpt::formats
