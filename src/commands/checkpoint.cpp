#include "commands/checkpoint.hpp"

#include <array>
#include <string_view>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/state_dict.hpp"

namespace ckpt::commands {

namespace {

/// As Hugging Face's trainer, PEFT, accelerate, diffusers and others call it.
constexpr std::array<std::string_view, 8> model_files{
    "pytorch_model.bin", "adapter_model.bin", "diffusion_pytorch_model.bin",
    "model.bin",         "model.pt",          "model.pth",
    "model.ckpt",        "pytorch_model.pt"};

std::filesystem::path model_in(const std::filesystem::path& folder) {
  for (const std::string_view name : model_files)
    if (std::filesystem::exists(folder / name)) return folder / name;
  std::vector<std::string> names(model_files.begin(), model_files.end());
  throw Error(ErrorKind::usage, concat("--model: no model in the folder ", folder.string()),
              concat("expected one of ", join(names, ", "), "; or name the file"));
}

}  // namespace

Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const std::optional<std::string>& root) {
  Checkpoint checkpoint{path, formats::open_document(path), {}};
  checkpoint.root = within(path.string(), [&] {
    if (!root) return model::find_root(checkpoint.tree());
    return within("--root", [&] { return model::root_at(checkpoint.tree(), *root); });
  });
  return checkpoint;
}

std::optional<model::Root> find_module(const Checkpoint& checkpoint) {
  const model::Root& root = checkpoint.root;
  if (root.choice != model::RootChoice::given)
    return model::find_module_around(checkpoint.tree(), root);
  return is_module(checkpoint.tree(), root.node) ? std::optional(root) : std::nullopt;
}

Checkpoint open_state_dict(const std::filesystem::path& path,
                           const std::optional<std::string>& root) {
  Checkpoint checkpoint = open_checkpoint(path, root);
  const std::optional<model::Root> module = find_module(checkpoint);
  if (!module) return checkpoint;
  const auto made = within(path.string(), [&] {
    return model::put_state_dict(checkpoint.tree(), *module, model::Vars::kept);
  });
  if (made) checkpoint.root = {made->node, module->path, module->choice};
  return checkpoint;
}

bool is_layer(const Checkpoint& checkpoint) {
  const std::optional<model::Root> module = find_module(checkpoint);
  return module && module->node != checkpoint.root.node;
}

void refuse_layer(const Checkpoint& checkpoint) {
  if (!is_layer(checkpoint)) return;
  throw Error(ErrorKind::conflict,
              "holds a pickled module, whose layers have dicts of their own, and no state dict",
              "ckpt filter FILE --state-dict -o OUT makes it; --root takes one of the dicts");
}

std::filesystem::path model_file(const std::filesystem::path& path) {
  return std::filesystem::is_directory(path) ? model_in(path) : path;
}

Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root) {
  return open_checkpoint(model_file(path), root);
}

}  // namespace ckpt::commands
