// The optimizers of a file with names beside their ids: what every command about optimizers starts
// from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/optim/optimizer.hpp"
#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

struct Identified {
  Optimizer optimizer;
  Resolution resolution;
};

/// An earlier checkpoint of the same run; its weights suffice.
struct OlderCheckpoint {
  std::shared_ptr<const model::Tree> tree;
  model::NodeId state_dict = model::no_node;
  std::string file;  ///< for messages
};

struct IdentifyOptions {
  Overrides overrides = {};
  /// Path of the optimizer that the overrides are about; needed only when there are several whose
  /// names are not in the file.
  std::optional<std::string> at = {};
  /// Where names are ambiguous, the one assignment whose states go the way that the weights went
  /// is taken; assumed names, and those of `overrides.order`, become ambiguous where they do not.
  std::optional<OlderCheckpoint> older = {};
};

/// Throws Error{usage}, naming the optimizers that there are, when none lies at `path`.
void require_optimizer_at(const model::Tree& tree, const std::string& path);

/// Every optimizer of `tree`, named after the state dicts of `model_tree`, which may be the same.
/// Reads tensor bytes only to tell copies of tied weights apart, when counts leave no other way,
/// and a sample of each tensor in question when there is an older checkpoint. Errors: as resolve();
/// Error{usage} when it is unclear which optimizer the overrides are about, or none lies at `at`.
std::vector<Identified> identify(const model::Tree& tree, const model::Tree& model_tree,
                                 const IdentifyOptions& options = {});

}  // namespace ckpt::optim
