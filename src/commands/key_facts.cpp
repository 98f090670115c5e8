#include "commands/key_facts.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/optim/rule_edit.hpp"
#include "commands/checkpoint.hpp"
#include "commands/text_file.hpp"

namespace ckpt::commands {

namespace {

/// Archives, pickles and safetensors all have control characters among their first bytes.
bool is_text(const std::filesystem::path& path) {
  const auto file = File::open(path);
  const Bytes start = file->read_bytes(0, std::min<std::uint64_t>(file->size_bytes(), 4096));
  return !start.empty() && std::ranges::none_of(start, [](std::byte byte) {
    return byte < std::byte{'\t'} || byte == std::byte{0x80};
  });
}

}  // namespace

match::KeyList read_keys(const std::filesystem::path& path) {
  if (is_text(path))
    return within(path.string(), [&] { return match::parse_key_list(read_text_file(path)); });
  const Checkpoint checkpoint = open_state_dict(path, std::nullopt);
  return {optim::key_facts(checkpoint.tree(), checkpoint.root.node), /*has_shapes=*/true};
}

}  // namespace ckpt::commands
