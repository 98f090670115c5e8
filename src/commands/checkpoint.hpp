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

/// The pickled module that is meant: the root that was named, or the outermost one around a root
/// that was found.
std::optional<model::Root> find_module(const Checkpoint& checkpoint);

/// As open_checkpoint, for what shows names and tensors and writes no edit of the file: where
/// find_module() finds one, its state dict stands in its place (state_dict.hpp).
Checkpoint open_state_dict(const std::filesystem::path& path,
                           const std::optional<std::string>& root);

/// Whether the root was found, not named, and is one layer of a pickled module.
bool is_layer(const Checkpoint& checkpoint);
/// Throws Error{conflict} where is_layer().
void refuse_layer(const Checkpoint& checkpoint);

/// The file that --model names: itself, or the one in the folder, as trainers write it. Throws
/// Error{usage} when the folder holds none.
std::filesystem::path model_file(const std::filesystem::path& path);
/// Opens the model_file() of `path`.
Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root);

}  // namespace ckpt::commands
