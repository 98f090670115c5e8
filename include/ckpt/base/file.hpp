// A regular file opened for reading. There is no shared read position: every read names its offset
// (pread), so any number of threads may read one File at the same time. Subclasses present other
// byte sources as a File, such as a part of a file (FilePart) or a temporary file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "ckpt/base/bytes.hpp"

namespace ckpt {

/// Device and inode: equal for two paths that lead to the same file.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

class File {
 public:
  /// Throws Error{io} when `path` cannot be opened or is not a regular file.
  static std::shared_ptr<const File> open(const std::filesystem::path& path);
  virtual ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// The size when the file was opened.
  std::uint64_t size_bytes() const { return size_bytes_; }
  FileIdentity identity() const { return identity_; }
  int descriptor() const { return descriptor_; }

  /// Fills `out` with the bytes from `offset` on. Throws Error{io} when the file ends earlier. May
  /// be called from several threads at once.
  virtual void read_at(std::uint64_t offset, std::span<std::byte> out) const;
  /// The first offset at or after `offset` that may hold data, or nothing when only a hole follows.
  /// A hole is a range of a sparse file that takes no disk space and reads as zeros. Returns
  /// `offset` itself where the file system does not report holes.
  virtual std::optional<std::uint64_t> find_data(std::uint64_t offset) const;
  /// The `size_bytes` bytes at `offset`. Throws Error{malformed} when the range does not lie inside
  /// the file.
  Bytes read_bytes(std::uint64_t offset, std::uint64_t size_bytes) const;

 protected:
  /// For subclasses whose bytes come from inside the file at `path`; they have no identity and no
  /// descriptor of their own.
  File(std::filesystem::path path, std::uint64_t size_bytes)
      : path_(std::move(path)), size_bytes_(size_bytes) {}

 private:
  File() = default;

  std::filesystem::path path_;
  std::uint64_t size_bytes_ = 0;
  FileIdentity identity_;
  int descriptor_ = -1;
};

/// The `size_bytes` bytes of `file` at `offset`. The range must lie inside the file.
struct FileRange {
  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

/// A range of a file, presented as a file. Reading beyond the range throws Error{malformed}.
class FilePart : public File {
 public:
  explicit FilePart(FileRange range);
  void read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  std::optional<std::uint64_t> find_data(std::uint64_t offset) const override;

 private:
  FileRange range_;
};

/// The identity of the file at `path` now; nothing when there is no such file.
std::optional<FileIdentity> find_identity(const std::filesystem::path& path);

/// Throws Error{io}: "PATH: no such file", "PATH: No space left on device".
[[noreturn]] void throw_system_error(const std::filesystem::path& path, int error_number);

}  // namespace ckpt
