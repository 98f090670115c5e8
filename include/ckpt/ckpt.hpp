// The library in one header: a checkpoint is opened, listed, edited and saved as the program does
// it, optimizer state and averages of the weights included.
//
//   ckpt::Checkpoint run = ckpt::open("run.pt");
//   ckpt::rename(run, {"encoder.*=>enc.*"});
//   ckpt::filter(run, {.drop = {"head"}});
//   ckpt::copy(ckpt::open("pretrained.pt"), run, {.casts = true});
//   ckpt::set(run, {"epoch=0", "optimizer:param_groups:*:lr=1e-4"});
//   ckpt::save(run, "tuned.pt");
//
// An edit is refused before it changes anything, or done whole. All functions throw ckpt::Error. A
// checkpoint is used by one thread at a time; different ones may be used at the same time, whatever
// files they share, and bytes of tensors (model::Blob) may be read by any number of threads.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/edit/apply.hpp"
#include "ckpt/edit/assign.hpp"
#include "ckpt/edit/copy.hpp"
#include "ckpt/edit/remove.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/match/pairing.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/carry.hpp"

namespace ckpt {

/// An opened file, and the state dict in it that edits are about.
struct Checkpoint {
  std::filesystem::path path;
  formats::Document document;
  model::Root root;

  const model::Tree& tree() const { return document.tree; }
  model::Tree& tree() { return document.tree; }
};

/// Reads what the file says of itself, and no tensor. `root` is a path such as "ema"; without one
/// the state dict is found by its content.
Checkpoint open(const std::filesystem::path& path, const std::optional<std::string>& root = {});

/// The tensors of the state dict in the order of the file: names, dtypes, shapes, roles. Of a
/// pickled module those of its state_dict().
std::vector<match::Named> list(const Checkpoint& checkpoint);

/// `maps` as those of ckpt remap --map: "OLD=>NEW". Throws Error{usage} for one that applies to no
/// name.
edit::Report rename(Checkpoint& checkpoint, const std::vector<std::string>& maps,
                    const optim::CarryOptions& carry = {});
/// Every name becomes what `new_name` says.
edit::Report rename(Checkpoint& checkpoint,
                    const std::function<std::string(std::string_view)>& new_name,
                    const optim::CarryOptions& carry = {});

/// Patterns as those of ckpt filter: "layer1", "**.bias", ":optimizer", "re:^fc".
struct FilterChoice {
  std::vector<std::string> keep = {};  ///< none: everything
  std::vector<std::string> drop = {};
};

/// Throws Error{usage} for a pattern that matches nothing, Error{conflict} when no tensor would be
/// left.
edit::Removal filter(Checkpoint& checkpoint, const FilterChoice& choice,
                     const optim::CarryOptions& carry = {});

/// Puts the tensors of `source` into `target` where names and shapes fit, with their optimizer
/// states. Throws Error{conflict} as ckpt copy does.
edit::CopyCounts copy(const Checkpoint& source, Checkpoint& target,
                      const edit::CopyChoice& choice = {});

/// Each is PATH=VALUE, as for ckpt set; types stay.
std::vector<edit::Assigned> set(Checkpoint& checkpoint, const std::vector<std::string>& texts);

/// Writes the checkpoint in the container that it came in; `path` must be none of its own files.
formats::SaveReport save(const Checkpoint& checkpoint, const std::filesystem::path& path,
                         const formats::SaveOptions& options = {});

}  // namespace ckpt
