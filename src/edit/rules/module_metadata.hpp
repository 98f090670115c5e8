// `_metadata` of a state dict: what torch keeps for each module, above all the versions by which
// load_state_dict knows how to read older files.
#pragma once

#include <span>
#include <string_view>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// Gives the modules of `_metadata` the names that their keys have now:
///
///   blocks.0.attn.qkv.weight -> layer.0.query.weight, layer.0.key.weight
///   blocks.0.attn.qkv        -> layer.0.query, layer.0.key
///
/// Modules without keys follow the nearest module around them that has some; modules whose keys are
/// all dropped go. With a prefix ("module.") only the modules below it are renamed, by the rest of
/// their names.
void follow_modules(model::Tree& tree, model::NodeId state_dict, const match::Plan& plan,
                    std::span<const match::KeyFacts> facts, std::string_view prefix = "");

}  // namespace ckpt::edit
