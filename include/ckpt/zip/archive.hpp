// A zip archive as its central directory describes it. Opening reads only the directory at the end
// of the file; local headers and payloads are read when asked for.
//
//   [local header | name | extra | payload | (descriptor)]... [directory] [zip64 end] [end]
//
// Sizes and CRCs come from the directory, because PyTorch leaves them 0 in the local headers. An
// Archive does not change after construction: several threads may use it at once.
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

/// An entry of the central directory.
struct Entry {
  std::string name;  ///< the full name, with folders, as written
  Method method = Method::stored;
  std::uint16_t flags = 0;
  std::uint16_t version_needed = 0;
  std::uint32_t crc32 = 0;  ///< of the uncompressed bytes, as the directory says; may be 0
  std::uint64_t compressed_bytes = 0;
  std::uint64_t size_bytes = 0;  ///< uncompressed
  std::uint64_t header_offset = 0;
  std::uint64_t central_offset = 0;  ///< where its header starts, counted from the start of the
                                     ///< directory
  std::uint64_t central_bytes = 0;   ///< length of that header with name, extra field and comment
};

class Archive {
 public:
  /// Reads and checks the directory.
  ///
  /// Throws Error{malformed} when there is no directory (the message tells a truncated file), when
  /// fields contradict each other or the file, or when entries overlap or repeat;
  /// Error{unsupported} for encryption, several disks, and methods other than stored and deflated.
  explicit Archive(std::shared_ptr<const File> file);

  /// In directory order.
  const std::vector<Entry>& entries() const { return entries_; }
  const std::shared_ptr<const File>& file() const { return file_; }
  /// The entry with exactly this name, or nullptr. The constructor has refused names that differ
  /// only in ASCII case, because PyTorch ignores case when it looks a record up.
  const Entry* find(std::string_view name) const;

  std::uint64_t directory_offset() const { return directory_offset_; }
  std::uint64_t directory_bytes() const { return directory_bytes_; }

  /// The range of the payload in the file; for a deflated entry, of the compressed bytes. Reads the
  /// local header and checks its signature and lengths; like PyTorch, it ignores the other fields.
  /// Throws Error{malformed}.
  FileRange payload(const Entry& entry) const;
  /// The uncompressed payload in memory. Checks the CRC-32 unless the directory says 0.
  ///
  /// Throws Error{limit} when the payload is larger than `most_bytes`, Error{malformed} when it is
  /// damaged.
  Bytes read(const Entry& entry, std::uint64_t most_bytes) const;

 private:
  /// An index entry for find(). Entries are sorted by hash; names are compared only when hashes are
  /// equal.
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
