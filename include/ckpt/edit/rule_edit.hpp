// What rules do to a state dict, as a root edit: ckpt/edit/apply.hpp does it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/edit/join.hpp"
#include "ckpt/match/rule_plan.hpp"
#include "ckpt/model/root_edit.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// What rules see of the text keys of `state_dict`, in order.
std::vector<match::KeyFacts> key_facts(const model::Tree& tree, model::NodeId state_dict);

/// Where a key lies that rules see: in the root, or in another file, which has no optimizer.
struct RuleSource {
  model::NodeId value = model::no_node;          ///< in the tree of the root
  std::optional<std::string> name_in_root = {};  ///< none: of another file
};

struct RuleKeys {
  std::vector<match::KeyFacts> facts;
  std::vector<RuleSource> sources;  ///< of the same index
};

/// The keys of a state dict, under the names that they have in it.
RuleKeys rule_keys(const model::Tree& tree, model::NodeId state_dict);

/// The keys of all files; tensors of the others are copied into `tree`, that of the first file, but
/// into none of its dicts. Throws Error{conflict} when two files have one key or a root is no dict,
/// Error{unsupported} for an optimizer in another file than the first, or beside keys with prefix.
RuleKeys join_keys(model::Tree& tree, const JoinedFile& first, std::span<const JoinedFile> others);

/// The edit that `plan`, made of `keys.facts`, says. Renamed tensors stay what they are, computed
/// ones own their bytes and are contiguous, outputs of one step are one tensor. Entries in
/// `_metadata` of modules go with the last of their keys.
///
/// Of optimizer states only elements are moved: a parameter plus a number keeps its state, one that
/// is scaled or new starts afresh. Beside states of other keys, a key of another file counts as
/// zeros.
///
/// Values are read only where copies must be the same; Error{conflict} when they are not, or when
/// an average that is edited like the root has other shapes.
model::RootEdit by_rules(const match::Plan& plan, const RuleKeys& keys);

}  // namespace ckpt::edit
