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

/// The model that --model names: a file, or the folder that holds one, as trainers write it.
/// Throws Error{usage} when the folder holds none.
Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root);

}  // namespace ckpt::commands
