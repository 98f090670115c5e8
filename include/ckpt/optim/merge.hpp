// Optimizers of several files made one: of disjoint models, of parts replaced, of runs averaged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/carry.hpp"

namespace ckpt::optim {

/// What becomes of the states of parameters of the target that get nothing from the source.
enum class Unmapped : std::uint8_t { keep, fresh };

/// A parameter of the source and the one of the target that takes its value.
struct Transfer {
  std::string from;
  std::string to;
  /// The value is cut or padded behind to the shape of the target; so is its state.
  bool is_resized = false;
};

/// One of the two files of a transplant.
struct TransplantSide {
  IdentifyOptions identify = {};
  std::string file = {};   ///< for messages
  Settling settling = {};  ///< what settles the ids of its optimizers
  std::string hint = {};   ///< where `identify` contradicts the file: which file it is about
};

struct TransplantOptions {
  Unmapped unmapped = Unmapped::keep;
  TransplantSide target = {};
  TransplantSide source = {};
  Trust trust = Trust::assumed;
};

struct MergeReport {
  std::size_t taken = 0;  ///< states that came from another file
  std::size_t fresh = 0;  ///< entries left without state
  std::vector<std::string> remarks;
};

/// The states of the named parameters, from the source's optimizers into the target's: groups,
/// hyperparameters and order are the target's. An optimizer of the target's root takes them from
/// the one of the source's root that holds the parameters, whatever the two are called. A parameter
/// that has no state there, or one of another kind, starts afresh. Called before the target's root
/// is edited; touches only its optimizers.
/// Throws Error{conflict} when it is unclear which ids the parameters have, or which of several
/// optimizers gives.
MergeReport transplant_states(model::Tree& target, const model::Root& target_root,
                              const model::Tree& source, const model::Root& source_root,
                              const std::vector<Transfer>& transfers,
                              const TransplantOptions& options);

enum class GroupJoin : std::uint8_t {
  automatic,   ///< pairwise when as many and equal, else one after the other
  one,         ///< all in one group
  per_source,  ///< one after the other
};

struct JoinOptions {
  GroupJoin groups = GroupJoin::automatic;
  /// Whose hyperparameters a joint group has where they differ: 0 the first, 1 the second; nothing:
  /// a difference is an error.
  std::optional<std::size_t> hyperparameters_of = {};
  /// Hyperparameters whose difference does not matter: the caller sets them afterwards.
  std::vector<std::string> settled_keys = {};
};

/// Adds the optimizers of `donor` to those of `target`: entries of the target first. Ids count
/// through; steps stay per parameter. The prefixes go before names that the optimizers hold.
/// Throws Error{conflict} for different kinds, for hyperparameters that differ in a joint group.
MergeReport join_optimizers(model::Tree& target, const model::Tree& donor,
                            const std::string& target_prefix, const std::string& donor_prefix,
                            const JoinOptions& options);

/// What to do with entries that cannot be averaged.
enum class Unaveraged : std::uint8_t { refuse, first, drop };

struct AverageOptions {
  std::vector<double> weights = {};  ///< one a file, sum 1; empty: equal
  Unaveraged unaveraged = Unaveraged::refuse;
  bool takes_first_hyperparameters = false;
  std::vector<std::string> settled_keys = {};  ///< as in JoinOptions
};

/// Averages roots and optimizers of `others` into `target`: sums in double, rounded once.
/// Floats are averaged; integers take the maximum; first and second moments of unequal steps are
/// averaged without their bias. Nothing is computed before it is written.
/// Throws Error{conflict} naming keys, shapes, groups or hyperparameters that differ.
MergeReport average_into(model::Tree& target, const model::Root& target_root,
                         const std::vector<const model::Tree*>& others,
                         const std::vector<model::Root>& other_roots,
                         const AverageOptions& options);

}  // namespace ckpt::optim
