// Recognises pickles of protocols 0 and 1, which do not have to name their protocol. A file counts
// as one when its first opcodes have well-formed arguments and its last character, except blanks,
// is STOP.
//
//   (dp0\nS'a'\np1\nI1\ns.      MARK, DICT, PUT "0", STRING "'a'", PUT "1", INT "1", SETITEM, STOP
//
// Nothing is unpickled. A broken pickle counts, too.
#include <algorithm>
#include <array>

#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

enum class Argument : std::uint8_t { none, fixed, counted, line, number, quoted, names };

struct OpcodeRow {
  std::string_view opcodes;
  Argument argument = Argument::none;
  std::size_t bytes = 0;  ///< of the argument, or of the length in front of it
};

constexpr auto opcode_rows = std::to_array<OpcodeRow>({
    {"(.012NQRabdelost})]u", Argument::none, 0},
    {"Khq", Argument::fixed, 1},
    {"M", Argument::fixed, 2},
    {"Jjr", Argument::fixed, 4},
    {"G", Argument::fixed, 8},
    {"U", Argument::counted, 1},
    {"TX", Argument::counted, 4},
    {"VP", Argument::line, 0},
    {"FILgp", Argument::number, 0},
    {"S", Argument::quoted, 0},
    {"ci", Argument::names, 0},
});

bool is_name(std::string_view line) {
  return !line.empty() && std::ranges::all_of(line, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

/// Includes the spellings of repr for floats: 1e-05, inf, nan.
bool is_number(std::string_view line) {
  return !line.empty() && line.find_first_not_of("+-0123456789.einfaL") == std::string_view::npos;
}

bool is_quoted(std::string_view line) {
  return line.size() >= 2 && (line.front() == '\'' || line.front() == '"') &&
         line.back() == line.front();
}

/// Removes the first line from `text` and returns it; nothing when there is no line end.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool take_bytes(std::string_view& text, std::uint64_t count) {
  if (count > text.size()) return false;
  text.remove_prefix(static_cast<std::size_t>(count));
  return true;
}

bool take_counted(std::string_view& text, std::size_t count_bytes) {
  if (count_bytes > text.size()) return false;
  std::uint64_t count = 0;
  for (std::size_t i = count_bytes; i-- > 0;)
    count = count << 8 | static_cast<unsigned char>(text[i]);
  return take_bytes(text, count_bytes + count);
}

bool take_argument(std::string_view& text, const OpcodeRow& row) {
  if (row.argument == Argument::none) return true;
  if (row.argument == Argument::fixed) return take_bytes(text, row.bytes);
  if (row.argument == Argument::counted) return take_counted(text, row.bytes);
  const auto line = take_line(text);
  if (!line) return false;
  if (row.argument == Argument::number) return is_number(*line);
  if (row.argument == Argument::quoted) return is_quoted(*line);
  if (row.argument == Argument::line) return true;
  const auto second_line = take_line(text);
  return second_line && is_name(*line) && is_name(*second_line);
}

constexpr int enough_opcodes = 8;
constexpr int fewest_opcodes = 2;

/// Prose may start with an opcode or two ("Very..."): the first eight opcodes must be right, or all
/// up to STOP. A count that points behind the end of the file is allowed, because pickles are
/// broken that way.
bool starts_with_opcodes(std::string_view text) {
  for (int count = 1; !text.empty(); ++count) {
    const char opcode = text.front();
    const auto row = std::ranges::find_if(opcode_rows, [&](const OpcodeRow& candidate) {
      return candidate.opcodes.find(opcode) != std::string_view::npos;
    });
    if (row == opcode_rows.end()) return false;
    text.remove_prefix(1);
    if (!take_argument(text, *row))
      return row->argument == Argument::counted && count > fewest_opcodes;
    if (opcode == '.') return count >= fewest_opcodes;
    if (count == enough_opcodes) return true;
  }
  return false;
}

bool ends_in_stop(const File& file) {
  const Bytes bytes = read_last_bytes(file, 64);
  const std::string_view text = as_text(bytes);
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return last != std::string_view::npos && text[last] == '.';
}

}  // namespace

std::optional<Sniffed> find_old_pickle(const FileStart& start) {
  std::string_view text = start.text();
  if (text.starts_with(std::string_view("\x80\0", 2)) || text.starts_with("\x80\1"))
    text.remove_prefix(2);
  if (!starts_with_opcodes(text) || !ends_in_stop(*start.file)) return std::nullopt;
  return describe_bare_pickle("protocol 0 or 1");
}

}  // namespace ckpt::formats
