// A zip archive seen through its central directory; nothing else of the file is read until asked.
//
//   [local header | name | extra | payload | (descriptor)]... [directory] [zip64 tail] [tail]
//
// Sizes and CRCs are taken from the central directory: PyTorch leaves them 0 in the local headers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"

namespace ckpt::zip {

enum class Method : std::uint16_t { stored = 0, deflated = 8 };

struct Entry {
  std::string name;  ///< with its folders, as written
  Method method = Method::stored;
  std::uint16_t flags = 0;
  std::uint16_t version_needed = 0;
  std::uint32_t crc32 = 0;  ///< of the uncompressed bytes, as the directory claims; may be 0
  std::uint64_t compressed_bytes = 0;
  std::uint64_t size_bytes = 0;  ///< uncompressed
  std::uint64_t header_offset = 0;
  std::uint64_t central_offset = 0;  ///< of its header in the directory, from the directory's start
  std::uint64_t central_bytes = 0;   ///< of that header, name, extra field and comment included
};

class Archive {
 public:
  /// Reads the directory. Errors: Error{malformed} for no directory (with what is known of a
  /// truncation), fields that contradict each other or the file, overlapping or repeated entries;
  /// Error{unsupported} for encryption, several disks, methods other than stored and deflated.
  explicit Archive(std::shared_ptr<const File> file);

  /// In the order of the directory.
  const std::vector<Entry>& entries() const { return entries_; }
  const std::shared_ptr<const File>& file() const { return file_; }
  /// The entry of that exact name, or nullptr. No two names differ only by ASCII case: PyTorch
  /// looks records up without regard to it.
  const Entry* find(std::string_view name) const;

  std::uint64_t directory_offset() const { return directory_offset_; }
  std::uint64_t directory_bytes() const { return directory_bytes_; }

  /// Where the payload lies in the file, found through the local header: its signature and lengths
  /// are checked, everything else in it is ignored, as PyTorch does. For a deflated entry this is
  /// the compressed payload. Throws Error{malformed}.
  FileRange payload(const Entry& entry) const;
  /// The whole uncompressed payload in memory; its CRC is checked unless the directory has none
  /// (0). Throws Error{limit} when it is larger than `most_bytes`, Error{malformed} when it is
  /// damaged.
  Bytes read(const Entry& entry, std::uint64_t most_bytes) const;

 private:
  /// Entries ordered by name: a hash decides nearly always, the names themselves only when equal.
  struct NameKey {
    std::uint64_t hash = 0;  // of the name in lower case
    std::size_t entry = 0;
  };

  bool is_before(const NameKey& key, std::uint64_t hash, std::string_view name) const;
  void index_names();
  void index_offsets();
  std::uint64_t limit_of(const Entry& entry) const;

  std::shared_ptr<const File> file_;
  std::vector<Entry> entries_;
  std::vector<NameKey> names_;
  std::vector<std::uint64_t> header_offsets_;  // ascending
  std::uint64_t directory_offset_ = 0;
  std::uint64_t directory_bytes_ = 0;
};

}  // namespace ckpt::zip
