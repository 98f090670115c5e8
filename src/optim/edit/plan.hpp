// Decides what happens to each entry of an optimizer, before anything is changed.
#pragma once

#include <string>
#include <vector>

#include "ckpt/optim/carry.hpp"
#include "optim/edit/edit_index.hpp"

namespace ckpt::optim {

/// An entry of the optimizer after the edit, and where its state comes from.
struct EntryPlan {
  std::vector<std::size_t> slots;  ///< the slots whose states it is made of; empty: new
  const Output* output = nullptr;  ///< nullptr: of a part that the edit does not concern
  bool is_duplicate = false;       ///< an earlier entry takes the same state
  bool operator==(const EntryPlan&) const = default;
};

/// What an edit does to one optimizer.
struct Plan {
  std::vector<std::vector<EntryPlan>> groups;  ///< as many as the optimizer has
  std::vector<std::string> remarks;

  bool keeps_every_slot(const Optimizer& optimizer) const;
};

/// The plan for an optimizer with these names, one per slot, "" if unknown. Throws Error{conflict}
/// when the sources of one output are in different groups.
Plan make_plan(const Identified& identified, const std::vector<std::string>& names,
               const EditIndex& index);

/// The plan that every fitting assignment gives. Throws Error{conflict} when they give different
/// plans.
Plan decide_plan(const Identified& identified, const EditIndex& index, Trust trust);

}  // namespace ckpt::optim
