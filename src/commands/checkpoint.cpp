#include "commands/checkpoint.hpp"

#include "ckpt/base/error.hpp"

namespace ckpt::commands {

Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const std::optional<std::string>& root) {
  Checkpoint checkpoint{path, formats::open_document(path), {}};
  checkpoint.root = within(path.string(), [&] {
    if (!root) return model::find_root(checkpoint.tree());
    return within("--root", [&] { return model::root_at(checkpoint.tree(), *root); });
  });
  return checkpoint;
}

}  // namespace ckpt::commands
