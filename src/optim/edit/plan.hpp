// What becomes of each entry of an optimizer under an edit, before anything is changed.
#pragma once

#include <string>
#include <vector>

#include "ckpt/optim/carry.hpp"
#include "optim/edit/edit_index.hpp"

namespace ckpt::optim {

struct EntryPlan {
  std::vector<std::size_t> slots;  ///< whose states it is made of; none: new
  const Output* output = nullptr;  ///< none: of a part that the edit is not about
  bool is_duplicate = false;       ///< an earlier entry takes the same state
  bool operator==(const EntryPlan&) const = default;
};

struct Plan {
  std::vector<std::vector<EntryPlan>> groups;  ///< as many as the optimizer has
  std::vector<std::string> remarks;

  bool keeps_every_slot(const Optimizer& optimizer) const;
};

/// The plan for an optimizer whose names are `names`, one a slot, "" unknown.
/// Throws Error{conflict} when sources of one output lie in different groups.
Plan make_plan(const Identified& identified, const std::vector<std::string>& names,
               const EditIndex& index);

/// The plan that every assignment which fits gives. Throws Error{conflict} when they give
/// different ones.
Plan decide_plan(const Identified& identified, const EditIndex& index, Trust trust);

}  // namespace ckpt::optim
