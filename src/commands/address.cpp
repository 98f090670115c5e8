#include "commands/address.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Address parse_address(const std::filesystem::path& path) {
  const std::string text = path.string();
  if (is_there(path)) return {path};
  for (std::size_t colon = text.rfind(':'); colon != std::string::npos && colon > 0;
       colon = text.rfind(':', colon - 1))
    if (is_there(text.substr(0, colon))) return {text.substr(0, colon), text.substr(colon + 1)};
  return {path};
}

Checkpoint open_address(const Address& address) {
  Checkpoint checkpoint = open_checkpoint(address.file, std::nullopt);
  if (!address.part)
    checkpoint.root = find_module(checkpoint).value_or(checkpoint.root);
  else
    checkpoint.root = within(address.file.string(),
                             [&] { return model::root_at(checkpoint.tree(), *address.part); });
  return checkpoint;
}

std::string address_text(const Checkpoint& checkpoint) {
  const model::Root& root = checkpoint.root;
  if (root.choice != model::RootChoice::given || root.path.empty()) return checkpoint.path.string();
  return concat(checkpoint.path.string(), ':', path_text(checkpoint.tree(), root.path));
}

}  // namespace ckpt::commands
