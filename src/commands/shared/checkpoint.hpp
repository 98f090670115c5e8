// An opened file with the state dict that a command means.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/model/sections.hpp"

namespace ckpt::commands {

struct Checkpoint {
  std::filesystem::path path;
  formats::Document document;
  model::Root root;
  std::vector<model::NodeId> shown_modules = {};  ///< pickled modules that are state dicts here

  const model::Tree& tree() const { return document.tree; }
  model::Tree& tree() { return document.tree; }
};

/// Opens `path` for a command that edits it; `root` is the value of --root. A pickled module is the
/// object that it is in the file.
Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const std::optional<std::string>& root);

/// Opens `path` for a command that only reads it: every pickled module is its state dict
/// (state_dict.hpp), but for one within which --root leads.
Checkpoint open_for_reading(const std::filesystem::path& path,
                            const std::optional<std::string>& root);

/// Makes of a checkpoint that was opened for editing what open_for_reading() gives.
void show_state_dicts(Checkpoint& checkpoint);

/// Of a checkpoint that was opened for reading, before its tensors are taken into another: those of
/// pickled modules become what state_dict() gives, plain tensors that are no parameters.
void detach_modules(Checkpoint& checkpoint);

/// "torch.nn.Sequential": the class of a pickled module, as its users call it.
std::string module_class_text(const model::Tree& tree, model::NodeId module);

/// That a pickled module cannot be edited in part, and what can be done instead.
Error refusal_of_module(const Checkpoint& checkpoint, model::NodeId module,
                        const std::string& path);

/// For what edits names in the root. Throws Error{conflict} where the root is a pickled module, and
/// where no state dict was found.
void require_names_to_edit(const Checkpoint& checkpoint);

/// Throws Error{conflict} where --root names what holds no tensor.
void require_tensors(const Checkpoint& checkpoint);

/// The file that --model names: itself, or the one in the folder, as trainers write it. Throws
/// Error{usage} when the folder holds none.
std::filesystem::path model_file(const std::filesystem::path& path);
/// Opens the model_file() of `path` for reading.
Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root);

}  // namespace ckpt::commands
