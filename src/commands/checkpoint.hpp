// An opened file with the state dict that a command means.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ckpt/formats/document.hpp"
#include "ckpt/model/sections.hpp"

namespace ckpt::commands {

struct Checkpoint {
  std::filesystem::path path;
  formats::Document document;
  model::Root root;

  const model::Tree& tree() const { return document.tree; }
  model::Tree& tree() { return document.tree; }
};

/// Opens `path`; `root` is the value of --root.
Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const std::optional<std::string>& root);

/// As open_checkpoint, for what shows names and tensors and writes no edit of the file: of a
/// pickled module, which is the root or has the root as one of its layers, unless --root names the
/// layer, the state dict stands in its place (state_dict.hpp).
Checkpoint open_state_dict(const std::filesystem::path& path,
                           const std::optional<std::string>& root);

/// Whether nobody named the root, and it is one layer of a pickled module.
bool is_layer(const Checkpoint& checkpoint);
/// Throws Error{conflict} where is_layer().
void refuse_layer(const Checkpoint& checkpoint);

/// The model that --model names: a file, or the folder that holds one, as trainers write it.
/// Throws Error{usage} when the folder holds none.
Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root);

}  // namespace ckpt::commands
