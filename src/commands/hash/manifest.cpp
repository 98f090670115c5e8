#include "commands/hash/manifest.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

constexpr std::string_view after_hash = "  ";

std::string escaped_name(std::string_view name) {
  std::string escaped;
  for (const char character : name) {
    switch (character) {
      case '\\':
        escaped += "\\\\";
        break;
      case '\n':
        escaped += "\\n";
        break;
      case '\t':
        escaped += "\\t";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

std::string unescaped_name(std::string_view escaped) {
  std::string name;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\' || i + 1 == escaped.size()) {
      name += escaped[i];
      continue;
    }
    const char code = escaped[++i];
    name += code == 'n' ? '\n' : code == 't' ? '\t' : code;
  }
  return name;
}

bool is_hash(std::string_view text) {
  return (text.size() == 32 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<ManifestLine> find_line(std::string_view text) {
  const bool is_escaped = text.starts_with('\\');
  if (is_escaped) text.remove_prefix(1);
  const std::size_t gap = text.find(after_hash);
  if (gap == std::string_view::npos || !is_hash(text.substr(0, gap))) return std::nullopt;
  ManifestLine line{.hash = std::string(text.substr(0, gap)), .file = {}};
  const std::string_view names = text.substr(gap + after_hash.size());
  const std::size_t tab = names.find('\t');
  const auto read = [&](std::string_view name) {
    return is_escaped ? unescaped_name(name) : std::string(name);
  };
  line.file = read(names.substr(0, tab));
  if (tab != std::string_view::npos) line.tensor = read(names.substr(tab + 1));
  if (line.file.empty()) return std::nullopt;
  return line;
}

}  // namespace

std::string manifest_text(const ManifestLine& line) {
  const std::string file = escaped_name(line.file);
  const std::string tensor = line.tensor ? escaped_name(*line.tensor) : "";
  const bool is_escaped = file != line.file || (line.tensor && tensor != *line.tensor);
  return concat(is_escaped ? "\\" : "", line.hash, after_hash, file, line.tensor ? "\t" : "",
                tensor);
}

std::vector<ManifestLine> parse_manifest(std::string_view text) {
  std::vector<ManifestLine> lines;
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    std::optional<ManifestLine> parsed = find_line(line);
    if (!parsed)
      throw Error(
          ErrorKind::malformed,
          concat("line ", number, ": expected a hash, two spaces and a file, got ", quote(line)));
    lines.push_back(std::move(*parsed));
  }
  if (lines.empty()) throw Error(ErrorKind::malformed, "expected lines of hashes, got none");
  return lines;
}

}  // namespace ckpt::commands
