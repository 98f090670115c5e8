// What rules do to a state dict in a tree: its entries as a plan says, and the same told as a root
// edit, so that optimizers follow.
#pragma once

#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/root_edit.hpp"

namespace ckpt::edit {

/// What rules see of the text keys of `state_dict`, in order.
std::vector<match::KeyFacts> key_facts(const model::Tree& tree, model::NodeId state_dict);

/// The plan as an edit. Only what moves elements is done to optimizer state: a parameter plus a
/// number keeps its state, one that is scaled or new starts afresh. The `newcomers` among the keys,
/// from other files, have no history: beside states of others they count as zeros.
optim::RootEdit make_root_edit(const match::Plan& plan, std::span<const match::KeyFacts> facts,
                               const std::unordered_set<std::string>& newcomers = {});

/// Does what `plan` (of `facts`, the key_facts() of `state_dict`) says: renamed tensors stay what
/// they are, computed ones own their bytes and are contiguous, outputs of one step are one tensor.
/// Keys that are no text stay in front; `_metadata` follows the keys of each module.
///
/// Reads tensors only where copies must be the same. Throws Error{conflict} when they are not.
void apply_plan(model::Tree& tree, model::NodeId state_dict, const match::Plan& plan,
                std::span<const match::KeyFacts> facts);

}  // namespace ckpt::edit
