// An open regular file that is only read, by position, so that one File serves many readers; or
// something else that reads like one.
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

/// Which file on this machine, whatever it is called.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

class File {
 public:
  /// Throws Error{io} when it cannot be opened or is not a regular file.
  static std::shared_ptr<const File> open(const std::filesystem::path& path);
  virtual ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// As it was when the file was opened.
  std::uint64_t size_bytes() const { return size_bytes_; }
  FileIdentity identity() const { return identity_; }
  int descriptor() const { return descriptor_; }

  /// Fills `out` from `offset`. Throws Error{io} when the file ends before.
  virtual void read_at(std::uint64_t offset, std::span<std::byte> out) const;
  /// The first offset from `offset` on that is not known to lie in a hole, which reads as zeros and
  /// takes no room on the disk; or nothing when only a hole follows. Without holes, or where the
  /// file system does not tell them, `offset` itself.
  virtual std::optional<std::uint64_t> find_data(std::uint64_t offset) const;
  /// The `size_bytes` bytes at `offset`, which must lie inside the file: Error{malformed}
  /// otherwise.
  Bytes read_bytes(std::uint64_t offset, std::uint64_t size_bytes) const;

 protected:
  /// What lies inside of the file at `path`: without an identity or a descriptor of its own.
  File(std::filesystem::path path, std::uint64_t size_bytes)
      : path_(std::move(path)), size_bytes_(size_bytes) {}

 private:
  File() = default;

  std::filesystem::path path_;
  std::uint64_t size_bytes_ = 0;
  FileIdentity identity_;
  int descriptor_ = -1;
};

/// `size_bytes` bytes of `file` from `offset`; the range lies inside the file.
struct FileRange {
  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

/// A range of a file as a file by itself. Reading beyond it is Error{malformed}.
class FilePart : public File {
 public:
  explicit FilePart(FileRange range);
  void read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  std::optional<std::uint64_t> find_data(std::uint64_t offset) const override;

 private:
  FileRange range_;
};

/// The identity of what `path` names now, or nothing.
std::optional<FileIdentity> find_identity(const std::filesystem::path& path);

/// Error{io}: "PATH: no such file", "PATH: No space left on device".
[[noreturn]] void throw_system_error(const std::filesystem::path& path, int error_number);

}  // namespace ckpt
