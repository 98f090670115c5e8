// An opened file with the state dict that a command works on.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/model/sections.hpp"

namespace ckpt::commands {

/// The document, the path it was opened by, and the root.
struct Checkpoint {
  std::filesystem::path path;
  formats::Document document;
  model::Root root;
  std::vector<model::NodeId> shown_modules = {};  ///< pickled modules that are replaced by their
                                                  ///< state dicts

  const model::Tree& tree() const { return document.tree; }
  model::Tree& tree() { return document.tree; }
};

/// Opens `path` for a command that edits it; `root` is the value of --root. A pickled module stays
/// the object that it is in the file.
Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const std::optional<std::string>& root);

/// Like open_checkpoint, for read-only commands: every pickled module is replaced in memory by its
/// state dict (state_dict.hpp), except one that --root leads into.
Checkpoint open_for_reading(const std::filesystem::path& path,
                            const std::optional<std::string>& root);

/// Converts a checkpoint opened for editing to what open_for_reading() returns.
void show_state_dicts(Checkpoint& checkpoint);

/// Call on a checkpoint opened for reading before its tensors are copied into another: tensors of
/// pickled modules become plain tensors, as state_dict() returns them.
void detach_modules(Checkpoint& checkpoint);

/// The class of a pickled module as users know it: "torch.nn.Sequential".
std::string module_class_text(const model::Tree& tree, model::NodeId module);

/// The error that a pickled module cannot be edited in part, with what can be done instead.
Error refusal_of_module(const Checkpoint& checkpoint, model::NodeId module,
                        const std::string& path);

/// For commands that edit names in the root. Throws Error{conflict} when the root is a pickled
/// module or when there is no state dict.
void require_names_to_edit(const Checkpoint& checkpoint);

/// Throws Error{conflict} when --root names a value without tensors.
void require_tensors(const Checkpoint& checkpoint);

/// The file that --model names: `path` itself, or the model file in the folder `path` by the names
/// that trainers use. Throws Error{usage} when the folder has none.
std::filesystem::path model_file(const std::filesystem::path& path);
/// Opens model_file(path) for reading.
Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root);

}  // namespace ckpt::commands
