// What is remembered of a file before bytes are added to it:
//
//   ckpt undo 1
//   size 2147483712
//   end 504b0506000000000c000c00...   its last bytes, at most 64, in hexadecimal
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "ckpt/base/file.hpp"

namespace ckpt {

struct UndoNote {
  std::uint64_t size_bytes = 0;
  std::string end;  ///< hexadecimal
};

/// Where the note of the file that `path` names lies, symbolic links followed.
std::filesystem::path undo_note_beside(const std::filesystem::path& path);

UndoNote make_undo_note(const File& file);
std::string to_text(const UndoNote& note);

/// A name too long for a note has none. Throws Error{io} where it cannot be told.
bool has_undo_note(const std::filesystem::path& path);

/// Nothing when there is none. Throws Error{malformed} for anything but a note.
std::optional<UndoNote> find_undo_note(const std::filesystem::path& path);

/// Whether `file` still begins as the noted file was; a file that was replaced does not.
bool describes(const UndoNote& note, const File& file);

}  // namespace ckpt
