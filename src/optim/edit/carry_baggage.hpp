// Carries schedulers, averages by position and averages by name along with an edit.
#pragma once

#include <string>
#include <vector>

#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/carry.hpp"
#include "optim/edit/edit_index.hpp"
#include "optim/edit/emit.hpp"
#include "optim/edit/plan.hpp"

namespace ckpt::optim {

/// Cuts the schedulers of an optimizer that lost groups. `baggage` is that of the file, found once
/// for all optimizers: its counts are those before the first was carried.
void carry_schedulers(model::Tree& tree, const std::vector<Baggage>& baggage,
                      const Optimizer& optimizer, std::size_t optimizer_count,
                      const std::vector<std::size_t>& kept_groups, CarryReport& report);

/// Lists of tensors aligned with the ids of an optimizer. `baggage` as above.
void carry_lists(model::Tree& tree, const std::vector<Baggage>& baggage, const Optimizer& optimizer,
                 const Plan& plan, CarryReport& report);

/// Edits lists of tensors with one entry per parameter of the root, frozen ones included, when no
/// optimizer has as many ids. Lists that match neither are reported and left unchanged.
void carry_root_lists(model::Tree& tree, const ModelView& model, const RootEdit& edit,
                      const std::vector<Identified>& optimizers, CarryReport& report);

}  // namespace ckpt::optim
