// State dicts of several files in one.
#pragma once

#include <map>
#include <span>
#include <string>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// One of several files that become one: shards, or models side by side.
struct JoinedFile {
  const model::Tree& tree;
  const model::Root& root;
  std::string prefix = {};  ///< what its keys begin with then
  std::string path = {};    ///< for messages
};

/// Puts the entries of the `others` behind those of `first`, which is `tree`, all with their
/// prefixes, the modules in `_metadata` too. Optimizers and averages are left to the caller:
/// optim::join_optimizers(), before this.
/// Throws Error{conflict} when two files have one key; nothing has changed then.
void join_roots(model::Tree& tree, const JoinedFile& first, std::span<const JoinedFile> others);

/// Gives names of the root the values of `values`, which lie in the same tree. Optimizers and
/// averages are left to the caller: optim::transplant_states(), before this.
void replace_values(model::Tree& tree, const model::Root& root,
                    const std::map<std::string, model::NodeId>& values);

}  // namespace ckpt::edit
