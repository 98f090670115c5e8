// Drops entries of a dict of named tensors and renames its keys. Order, types, sharing and
// attributes of the dict stay the same; `_metadata`, which holds the version of each module,
// follows a renaming.
//
// These functions change one dict only. The optimizers and averages of a model refer to the same
// names and must be changed with it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// Removes the entries of `dict` for which `is_kept` is false; returns how many.
std::size_t keep_entries(Tree& tree, NodeId dict, const std::function<bool(const Entry&)>& is_kept);

/// Renames every text key of `dict` to renamed(key); returns how many keys changed.
///
/// The keys of `_metadata` are module paths. Each is renamed like the keys below it: "fc" like
/// "fc.", the root "" like "". When two module paths become equal, the entry of the inner module
/// stays.
///
/// Throws Error{conflict} naming both keys when two keys become equal.
std::size_t rename_keys(Tree& tree, NodeId dict,
                        const std::function<std::string(std::string_view)>& renamed);

/// Gives `dict` a new `_metadata` with these entries. The old `_metadata` object is not changed,
/// because another dict may share it (copy.copy of a state dict does that).
void set_metadata(Tree& tree, NodeId dict, std::span<const Entry> entries);

/// Renames the module paths in the `_metadata` of `dict` and nothing else.
void rename_modules(Tree& tree, NodeId dict,
                    const std::function<std::string(std::string_view)>& renamed);

}  // namespace ckpt::model
