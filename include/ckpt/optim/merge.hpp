// Combines the optimizers of several files: joins those of separate models, takes over those of
// replaced parts, averages those of several runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/carry.hpp"

namespace ckpt::optim {

/// What happens to the state of a target parameter that takes no value from the source.
enum class Unmapped : std::uint8_t { keep, fresh };

/// A parameter of the source and the target parameter that takes its value.
struct Transfer {
  std::string from;
  std::string to;
  /// The value and its state are cut or padded at the end to the shape of the target.
  bool is_resized = false;
};

/// One of the two files of a transplant.
struct TransplantSide {
  IdentifyOptions identify = {};
  std::string file = {};   ///< for messages
  Settling settling = {};  ///< how a message says its ids can be settled
  std::string hint = {};   ///< added when `identify` contradicts the file: says which file
};

struct TransplantOptions {
  Unmapped unmapped = Unmapped::keep;
  TransplantSide target = {};
  TransplantSide source = {};
  Trust trust = Trust::assumed;
};

/// What was merged, for the summary line.
struct MergeReport {
  std::size_t taken = 0;  ///< states taken from another file
  std::size_t fresh = 0;  ///< parameters left without a state
  std::vector<std::string> remarks;
};

/// Copies the states of the named parameters from the source's optimizers into the target's.
/// Groups, hyperparameters and order stay the target's. An optimizer of the target's root takes
/// states from the source optimizer that holds the parameters; the two may have different names. A
/// parameter without a state in the source, or with a state of another kind, starts without a
/// state. Changes only optimizers; must be called before the target's root is edited.
///
/// Throws Error{conflict} when the ids of the parameters, or the optimizer to copy from, are
/// unclear.
MergeReport transplant_states(model::Tree& target, const model::Root& target_root,
                              const model::Tree& source, const model::Root& source_root,
                              const std::vector<Transfer>& transfers,
                              const TransplantOptions& options);

/// How the groups of two optimizers are joined.
enum class GroupJoin : std::uint8_t {
  automatic,   ///< pairwise when the groups are equal and equally many, else one after the other
  one,         ///< one group with all parameters
  per_source,  ///< the groups of each file, one after the other
};

struct JoinOptions {
  GroupJoin groups = GroupJoin::automatic;
  /// Index of the file whose hyperparameters win in a joint group: 0 or 1. Nothing: a difference is
  /// an error.
  std::optional<std::size_t> hyperparameters_of = {};
  /// Hyperparameters that the caller sets afterwards, so a difference is no error.
  std::vector<std::string> settled_keys = {};
};

/// Appends the optimizers of the second tree to those of `target`. Ids are numbered through; steps
/// stay per parameter. The prefixes are put before names that the optimizers hold.
///
/// Throws Error{conflict} for different kinds, and for hyperparameters that differ in a joint
/// group.
MergeReport join_optimizers(model::Tree& target, const model::Tree& donor,
                            const std::string& target_prefix, const std::string& donor_prefix,
                            const JoinOptions& options);

/// What happens to entries that cannot be averaged.
enum class Unaveraged : std::uint8_t { refuse, first, drop };

struct AverageOptions {
  std::vector<double> weights = {};  ///< one per file, with sum 1; empty: equal weights
  Unaveraged unaveraged = Unaveraged::refuse;
  bool takes_first_hyperparameters = false;
  std::vector<std::string> settled_keys = {};  ///< as in JoinOptions
};

/// Averages the roots and optimizers of `others` into `target`: sums in double, rounded once.
/// Floats are averaged, integers take the maximum. First and second moments with different step
/// counts are averaged after their bias correction. Values are computed when the result is written.
///
/// Throws Error{conflict} naming the keys, shapes, groups or hyperparameters that differ.
MergeReport average_into(model::Tree& target, const model::Root& target_root,
                         const std::vector<const model::Tree*>& others,
                         const std::vector<model::Root>& other_roots,
                         const AverageOptions& options);

}  // namespace ckpt::optim
