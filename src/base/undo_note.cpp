// The last bytes of a file identify it well: a zip ends with its end record, which holds sizes and
// offsets.

#include "base/undo_note.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <system_error>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

constexpr std::uint64_t most_end_bytes = 64;
constexpr std::uint64_t most_note_bytes = 1024;
constexpr std::string_view heading = "ckpt undo 1\nsize ";
constexpr std::string_view before_end = "\nend ";

std::string end_of(const File& file, std::uint64_t size_bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::uint64_t count = std::min(size_bytes, most_end_bytes);
  std::string text;
  for (const std::byte byte : file.read_bytes(size_bytes - count, count)) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

std::optional<UndoNote> parse_note(std::string_view text) {
  if (!text.starts_with(heading) || !text.ends_with('\n')) return std::nullopt;
  text = text.substr(heading.size(), text.size() - heading.size() - 1);
  const std::size_t place = text.find(before_end);
  if (place == std::string_view::npos) return std::nullopt;
  const auto size_bytes = find_unsigned(text.substr(0, place));
  if (!size_bytes) return std::nullopt;
  return UndoNote{*size_bytes, std::string(text.substr(place + before_end.size()))};
}

}  // namespace

std::filesystem::path undo_note_beside(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool is_link = std::filesystem::is_symlink(path, ignored);
  const std::filesystem::path real = is_link ? std::filesystem::canonical(path, ignored) : path;
  return real.parent_path() / concat('.', real.filename().string(), ".ckpt-undo");
}

UndoNote make_undo_note(const File& file) {
  return {file.size_bytes(), end_of(file, file.size_bytes())};
}

std::string to_text(const UndoNote& note) {
  return concat(heading, note.size_bytes, before_end, note.end, '\n');
}

bool has_undo_note(const std::filesystem::path& path) {
  if (::access(path.c_str(), F_OK) == 0) return true;
  const int error_number = errno;
  for (const int absent : {ENOENT, ENOTDIR, EACCES, ENAMETOOLONG})
    if (error_number == absent) return false;  // opening the file itself reports the cause
  throw_system_error(path, error_number);
}

std::optional<UndoNote> find_undo_note(const std::filesystem::path& path) {
  if (!has_undo_note(path)) return std::nullopt;
  const std::shared_ptr<const File> file = File::open(path);
  std::optional<UndoNote> note;
  if (file->size_bytes() <= most_note_bytes)
    note = parse_note(as_text(file->read_bytes(0, file->size_bytes())));
  if (!note)
    throw Error(ErrorKind::malformed, concat(path.string(), ": is no undo note of ckpt"),
                "what it belongs to was not touched; remove or rename it to go on");
  return note;
}

bool describes(const UndoNote& note, const File& file) {
  return note.size_bytes <= file.size_bytes() && end_of(file, note.size_bytes) == note.end;
}

}  // namespace ckpt
