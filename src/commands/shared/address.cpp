#include "commands/shared/address.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// Refuses a dict without a tensor among its values. A dict with a few tensors is no state dict,
/// but they can be copied; an optimizer has none to copy.
void require_tensor_beside(const Checkpoint& checkpoint) {
  const model::Tree& tree = checkpoint.tree();
  if (!tree.is(checkpoint.root.node, model::Kind::dict)) return;
  for (const model::Entry& entry : tree.entries(checkpoint.root.node))
    if (tree.is(entry.value, model::Kind::tensor)) return;
  throw Error(ErrorKind::conflict, "holds no state dict",
              "ckpt info shows what is in a file; FILE:PATH names a part of it");
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
  within(address.file.string(), [&] {
    if (address.part) checkpoint.root = model::root_at(checkpoint.tree(), *address.part);
    if (checkpoint.root.choice == model::RootChoice::none) require_tensor_beside(checkpoint);
  });
  return checkpoint;
}

std::string address_text(const Checkpoint& checkpoint) {
  const model::Root& root = checkpoint.root;
  if (root.choice != model::RootChoice::given || root.path.empty()) return checkpoint.path.string();
  return concat(checkpoint.path.string(), ':', path_text(checkpoint.tree(), root.path));
}

}  // namespace ckpt::commands
