// Recognises text in place of a checkpoint: Git LFS pointers, and error pages of servers.
#include <algorithm>

#include "ckpt/base/ascii.hpp"
#include "ckpt/base/text.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

bool contains_without_case(std::string_view text, std::string_view lower_case) {
  const auto is_equal = [](char a, char b) { return to_lower(a) == b; };
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(), is_equal) !=
         text.end();
}

std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// From the line "size 492018231" of a pointer.
std::optional<std::uint64_t> find_pointer_size(std::string_view text) {
  constexpr std::string_view key = "size ";
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(key)) return find_unsigned(line.substr(key.size()));
  }
  return std::nullopt;
}

Sniffed describe_pointer(std::string_view text) {
  const auto size_bytes = find_pointer_size(text);
  return {FileKind::git_lfs_pointer,
          size_bytes
              ? concat("a Git LFS pointer; the file itself has ", grouped(*size_bytes), " bytes")
              : "a Git LFS pointer; the file itself is elsewhere",
          "git lfs pull"};
}

constexpr std::string_view download_hint =
    "look at what it says; the address may need a login or another form";

bool is_html(std::string_view text) {
  return contains_without_case(text.substr(0, 14), "<!doctype html") ||
         (text.starts_with('<') && contains_without_case(text, "<html"));
}

bool is_xml(std::string_view text) {
  return text.starts_with("<?xml") || text.starts_with("<Error>");
}

/// Whether the text is an object or an array; not "[net]" and similar starts of configuration
/// files.
bool is_json(std::string_view text) {
  if (text.empty()) return false;
  const std::string_view rest = skip_blanks(text.substr(1));
  const std::string_view first = text.front() == '{'   ? "\"}"
                                 : text.front() == '[' ? "\"{[]-0123456789"
                                                       : "";
  return !rest.empty() && first.find(rest.front()) != std::string_view::npos;
}

}  // namespace

std::optional<Sniffed> find_text(const FileStart& start) {
  std::string_view text = start.text();
  if (text.starts_with("version https://git-lfs")) return describe_pointer(text);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text = skip_blanks(text);
  if (is_html(text))
    return Sniffed{FileKind::html, "an HTML page, not a checkpoint: the download went wrong",
                   std::string(download_hint)};
  if (is_xml(text))
    return Sniffed{FileKind::xml_or_json,
                   "an XML document, not a checkpoint: the download may have gone wrong",
                   std::string(download_hint)};
  if (is_json(text)) return Sniffed{FileKind::xml_or_json, "a JSON text, not a checkpoint", ""};
  return std::nullopt;
}

}  // namespace ckpt::formats
