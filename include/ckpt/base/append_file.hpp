// Appends bytes to a file so that the file ends up with all of them or with none, even when the
// program is killed or the power fails.
//
//   model.pt                   the file that is edited in place
//   .model.pt.ckpt-undo        the undo note beside it: its old length and its last bytes
//
// The undo note reaches the disk before the first byte is appended and is deleted after the last
// byte has reached the disk. Old bytes are never overwritten. A program that opens a file with an
// undo note truncates the file to its old length first (recover_file).
//
// An exclusive lock (flock) on the file stops a second editor. It also tells a note whose editor is
// still running from a note whose editor died: the lock of a dead process is gone.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/file.hpp"
#include "ckpt/base/file_writer.hpp"

namespace ckpt {

class AppendFile : public FileWriter {
 public:
  /// Locks `file` and writes the undo note. `file` is the file as it was read; its size and
  /// identity must still be the same.
  ///
  /// Throws Error{conflict} when the file changed or another program edits it; Error{io} when the
  /// file or its folder cannot be written.
  explicit AppendFile(const File& file);
  /// Truncates the file to its old length unless commit() was called.
  ~AppendFile();

  /// Waits until the disk has all bytes, then deletes the undo note. The edit is valid from here
  /// on.
  void commit();

 private:
  void cut_back() noexcept;

  std::filesystem::path note_;
  std::uint64_t old_bytes_;
  bool is_committed_ = false;
};

/// What recover_file() did.
enum class Recovery : std::uint8_t { nothing_to_do, cut_back };

/// Finishes what a killed AppendFile left undone at `path`: truncates the file to the length in its
/// undo note and deletes the note. Without a note this costs one look at the folder.
///
/// Throws Error{conflict} while an editor is running, Error{io} when the file cannot be truncated.
Recovery recover_file(const std::filesystem::path& path);

}  // namespace ckpt
