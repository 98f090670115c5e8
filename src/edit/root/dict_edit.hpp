// A root edit done to one dict of named tensors: the root, or an average of it, whose names may
// have a prefix and another order, and which may hold entries of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ckpt/model/root_edit.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// Places of the names of a state dict, by name. The names are those in the tree.
using Places = std::unordered_map<std::string_view, std::size_t>;
Places places_of(const model::Tree& tree, model::NodeId state_dict);

/// Whether what the outputs are made of lies in the order of the outputs.
bool keeps_order(const model::RootEdit& edit, const Places& places);

/// The entries that an edit makes of those of `dict`.
struct EditedEntries {
  std::vector<model::Entry> entries;
  std::vector<std::size_t> places;  ///< of each: where it, or the first of its sources, was before
  std::size_t renamed_tensors = 0;
  std::size_t renamed_others = 0;
};

enum class NewOutputs : std::uint8_t { added, left_out };

struct DictEdit {
  model::NodeId dict = model::no_node;
  std::string prefix = {};                     ///< of the names of the root in this dict
  NewOutputs new_outputs = NewOutputs::added;  ///< those without sources
};

/// Entries that the edit is not about stay where they are; in front, where the edit changes the
/// order. Values are made, but `dict` is not changed.
/// Throws Error{conflict} when two entries would have one name, or as the operations do.
EditedEntries edited_entries(model::Tree& tree, const DictEdit& target, const model::RootEdit& edit,
                             const Places& root_places);

}  // namespace ckpt::edit
