// Finds the optimizers of a file and names their ids. Every optimizer command starts here. A torch
// optimizer refers to parameters by position ("0, 1, 2"), so renaming or dropping parameters needs
// the names first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/optim/optimizer.hpp"
#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

/// An optimizer and the names of its ids.
struct Identified {
  Optimizer optimizer;
  Resolution resolution;
};

/// An earlier checkpoint of the same run. Only its weights are used.
struct OlderCheckpoint {
  std::shared_ptr<const model::Tree> tree;
  model::NodeId state_dict = model::no_node;
  std::string file;  ///< for messages
};

struct IdentifyOptions {
  Overrides overrides = {};
  /// The path of the optimizer that the overrides are for. Needed only when the file has several
  /// optimizers without names.
  std::optional<std::string> at = {};
  /// Where shapes leave several assignments, the one is taken whose momentum points in the
  /// direction in which the weights moved since the older checkpoint. Names that are assumed, or
  /// come from `overrides.order`, become ambiguous when they contradict that direction.
  std::optional<OlderCheckpoint> older = {};
};

/// Throws Error{usage}, with the list of optimizers, when no optimizer is at `path`.
void require_optimizer_at(const model::Tree& tree, const std::string& path);

/// Every optimizer of `tree`, named after the state dicts of `model_tree`, which may be the same
/// tree. Reads tensor bytes only to tell copies of tied weights apart when the counts require it,
/// and a sample of each tensor in question when there is an older checkpoint.
///
/// Throws as resolve() does; Error{usage} when it is unclear which optimizer the overrides are for,
/// or when none is at `at`.
std::vector<Identified> identify(const model::Tree& tree, const model::Tree& model_tree,
                                 const IdentifyOptions& options = {});

}  // namespace ckpt::optim
