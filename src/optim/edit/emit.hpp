// Writes a plan into the tree: groups, ids, states, names.
#pragma once

#include <vector>

#include "ckpt/optim/carry.hpp"
#include "optim/edit/plan.hpp"

namespace ckpt::optim {

enum class States : std::uint8_t { carried, fresh };

/// What changed, for schedulers and the report.
struct Emitted {
  std::vector<std::size_t> kept_groups;  ///< old numbers of the remaining groups
  std::size_t kept_entries = 0;
  bool has_changed = false;
};

/// Ids that counted 0 to n-1 are numbered again; other ids (addresses) are kept. Orphans and states
/// that are None or {} are dropped.
Emitted emit(model::Tree& tree, const Identified& identified, const Plan& plan,
             EmptyGroups empty_groups, States states);

}  // namespace ckpt::optim
