// The undo note of an edit in place: what recover_file() needs to truncate the file to its old
// length, and to see that it is still the same file.
//
//   ckpt undo 1
//   size 2147483712
//   end 504b0506000000000c000c00...   the last bytes, at most 64, in hexadecimal
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "ckpt/base/file.hpp"

namespace ckpt {

/// The content of a note.
struct UndoNote {
  std::uint64_t size_bytes = 0;
  std::string end;  ///< hexadecimal
};

/// The path of the note for the file at `path`, after following symbolic links.
std::filesystem::path undo_note_beside(const std::filesystem::path& path);

UndoNote make_undo_note(const File& file);
std::string to_text(const UndoNote& note);

/// Whether a note exists. A file whose name is too long to form a note's name has none. Throws
/// Error{io} when it cannot be determined.
bool has_undo_note(const std::filesystem::path& path);

/// The note; nothing when there is none. Throws Error{malformed} when the file is not a note.
std::optional<UndoNote> find_undo_note(const std::filesystem::path& path);

/// Whether `file` still begins with the noted file: the last bytes in front of the noted size are
/// the noted ones. A file that was replaced since does not match.
bool describes(const UndoNote& note, const File& file);

}  // namespace ckpt
