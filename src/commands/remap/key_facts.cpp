#include "commands/remap/key_facts.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/edit/rule_edit.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/text_file.hpp"

namespace ckpt::commands {

namespace {

constexpr std::uint64_t looked_at_bytes = 4096;
constexpr std::size_t longest_character_bytes = 4;

/// Archives and safetensors have control characters in their first bytes; a pickle starts with
/// 0x80, which starts no UTF-8 character.
bool is_text(const std::filesystem::path& path) {
  if (is_stream(path)) return true;
  const auto file = File::open(path);
  const Bytes start =
      file->read_bytes(0, std::min<std::uint64_t>(file->size_bytes(), looked_at_bytes));
  const std::string_view text = as_text(start);
  const bool has_controls = std::ranges::any_of(text, [](char c) { return c >= 0 && c < '\t'; });
  if (text.empty() || has_controls) return false;
  // The last character may be cut in two.
  for (std::size_t cut = 0; cut < std::min(longest_character_bytes, text.size()); ++cut)
    if (is_utf8(text.substr(0, text.size() - cut))) return true;
  return false;
}

}  // namespace

match::KeyList read_keys(const std::filesystem::path& path) {
  if (is_text(path))
    return within(path.string(), [&] { return match::parse_key_list(read_text_file(path)); });
  const Checkpoint checkpoint = open_for_reading(path, std::nullopt);
  return {edit::key_facts(checkpoint.tree(), checkpoint.root.node), /*has_shapes=*/true};
}

}  // namespace ckpt::commands
