// Pickles outside of a zip: torch.save's stream of before 1.6, which starts with a pickle of a
// magic number, and any other. formats/pytorch.md 0.3 and 5.1.
#include <algorithm>

#include "ckpt/base/text.hpp"
#include "formats/sniff_parts.hpp"

namespace ckpt::formats {

namespace {

/// LONG1 of ten bytes and STOP. A number that is computed instead would have to be evaluated.
constexpr std::string_view magic_number = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// The same in protocols 0 and 1.
constexpr std::string_view magic_number_in_digits = "L119547037146038801333356L\n.";

constexpr std::size_t protocol_bytes = 2;
constexpr std::size_t frame_bytes = 9;

/// The protocol that the pickle names, 2 to 5, or nothing.
std::optional<int> find_protocol(std::string_view text) {
  if (text.size() < protocol_bytes || text[0] != '\x80') return std::nullopt;
  if (text[1] < 2 || text[1] > 5) return std::nullopt;
  return text[1];
}

bool starts_with_magic_number(std::string_view text) {
  if (text.starts_with(magic_number_in_digits)) return true;
  if (!find_protocol(text)) return false;
  text.remove_prefix(protocol_bytes);
  if (text.starts_with('\x95')) text.remove_prefix(std::min(text.size(), frame_bytes));
  return text.starts_with(magic_number);
}

}  // namespace

std::optional<Sniffed> find_torch_legacy(const FileStart& start) {
  if (!starts_with_magic_number(start.text())) return std::nullopt;
  return Sniffed{FileKind::torch_legacy,
                 "a pre-1.6 stream of torch.save, which ckpt does not read yet",
                 "torch.load and torch.save it with torch 1.6 or later"};
}

std::optional<Sniffed> find_bare_pickle(const FileStart& start) {
  const auto protocol = find_protocol(start.text());
  if (!protocol) return std::nullopt;
  return describe_bare_pickle(concat("protocol ", *protocol));
}

Sniffed describe_bare_pickle(std::string_view protocol) {
  return {FileKind::bare_pickle, concat("a bare pickle (", protocol, "), not a file of torch.save"),
          "if you trust it, load it in Python and torch.save the object"};
}

}  // namespace ckpt::formats
