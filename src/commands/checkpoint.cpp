#include "commands/checkpoint.hpp"

#include <array>
#include <string_view>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

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

Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root) {
  return open_checkpoint(std::filesystem::is_directory(path) ? model_in(path) : path, root);
}

}  // namespace ckpt::commands
