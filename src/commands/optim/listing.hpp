// The result of `ckpt optim ls`, before it is printed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/identify.hpp"
#include "cli/console.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

/// An optimizer with everything that `optim ls` says about it.
struct OptimizerListing {
  optim::Identified identified;
  /// Parameters of the same state dict without an id: frozen, or added later.
  std::vector<std::string> without_id = {};
  /// Other names of the parameters, by slot: tied weights.
  std::vector<std::vector<std::string>> ties = {};
  std::vector<std::optional<double>> steps = {};  ///< by slot
  std::vector<std::uint64_t> bytes = {};          ///< of the tensors in the state of each slot
};

struct OptimListing {
  const Checkpoint& checkpoint;
  std::vector<OptimizerListing> optimizers = {};
  std::vector<optim::Baggage> baggage = {};
};

OptimListing collect_optimizers(const Checkpoint& checkpoint, const model::Tree& model_tree,
                                const optim::IdentifyOptions& options);

/// The names that an undecided id may have; a few hundred at most.
std::vector<std::string> possible_names(const optim::Resolution& resolution, std::size_t slot);

void print_optimizers_text(const OptimListing& listing, cli::Console& console);
void print_optimizers_json(const OptimListing& listing, cli::Console& console);

}  // namespace ckpt::commands
