// Edits of a dict of named tensors: drop entries, rename keys. Order, types, sharing and the
// attributes of the dict stay; `_metadata` follows a renaming.
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

/// Gives every text key of `dict` the name that `renamed` gives it; returns how many changed.
///
/// The keys of `_metadata` are module paths, and are renamed as the keys below them are: "fc" as
/// "fc.", the root "" as "". Where two become one, the inner module's entry stays.
///
/// Throws Error{conflict} naming both keys when two become one.
std::size_t rename_keys(Tree& tree, NodeId dict,
                        const std::function<std::string(std::string_view)>& renamed);

/// Gives `dict` a `_metadata` of its own with these entries: the one that it has may be another
/// dict's too, as copy.copy leaves it.
void set_metadata(Tree& tree, NodeId dict, std::span<const Entry> entries);

/// The modules of its `_metadata` alone.
void rename_modules(Tree& tree, NodeId dict,
                    const std::function<std::string(std::string_view)>& renamed);

}  // namespace ckpt::model
