// Bytes added behind the end of a file: all of them or none, whenever the program dies.
//
//   .NAME.ckpt-undo   beside the file: how long it was, and its last bytes
//
// The undo note reaches the disk before the first byte is added and goes after the last one has.
// While it is there, whoever opens the file cuts it back first; the bytes that were there before
// are never written to. A lock on the file keeps two editors apart, and a note that belongs to no
// living editor from one that does.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/file.hpp"
#include "ckpt/base/file_writer.hpp"

namespace ckpt {

class AppendFile : public FileWriter {
 public:
  /// `file` as it was read; it must not have changed since.
  /// Throws Error{conflict} when it has, or another program edits it; Error{io} when it or its
  /// folder cannot be written.
  explicit AppendFile(const File& file);
  /// Without commit() the file is cut back to what it was.
  ~AppendFile();

  void commit();

 private:
  void cut_back() noexcept;

  std::filesystem::path note_;
  std::uint64_t old_bytes_;
  bool is_committed_ = false;
};

enum class Recovery : std::uint8_t { nothing_to_do, cut_back };

/// Undoes what an AppendFile that died left at `path`. Without an undo note that is one look.
/// Throws Error{conflict} while an editor is at work, Error{io} when the file cannot be cut back.
Recovery recover_file(const std::filesystem::path& path);

}  // namespace ckpt
