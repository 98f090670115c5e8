// The tensors of a checkpoint as a list: where each is, how it is shown, and what it shares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/match/pattern.hpp"
#include "ckpt/match/selection.hpp"
#include "ckpt/model/key_path.hpp"
#include "ckpt/model/places.hpp"
#include "ckpt/model/role.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

/// A tensor of the list.
struct TensorRow {
  model::NodeId node = model::no_node;
  model::PlaceId place = model::no_place;  ///< from the top of the tree
  bool is_root_entry = false;              ///< shown by its key only
  model::TensorRole role;
  /// Index of the first row with the same view of the same storage.
  std::optional<std::size_t> same_as;
};

/// The rows, and the places of their paths. Keys may be long, so texts are made one at a time.
struct TensorRows {
  model::Places places;
  std::vector<TensorRow> rows;
};

/// The name as shown: the bare key for an entry of the root, else the path.
template <class Row>
std::string key_of(const model::Tree& tree, const model::Places& places, const Row& row) {
  return row.is_root_entry ? step_text(tree, places.step(row.place)) : places.text(tree, row.place);
}
/// The same for a table: names longer than about a kilobyte are shortened with "…" in their middle.
template <class Row>
std::string short_key_of(const model::Tree& tree, const model::Places& places, const Row& row) {
  const std::size_t depth = places.depth(row.place);
  return places.short_text(tree, row.place, row.is_root_entry ? depth - 1 : 0);
}

enum class Scope { root, whole_tree };

/// The tensors below the root or in the whole tree that `patterns` match, in file order; all
/// tensors when there are no patterns.
TensorRows collect_tensor_rows(const Checkpoint& checkpoint, Scope scope,
                               match::PatternSet& patterns);

/// Throws Error{usage} for an unused pattern that is the name of a file: more files were given than
/// the command takes. `taken` says how many it takes: "ls takes one".
void refuse_file_as_pattern(const std::string& pattern, std::string_view taken);

/// Throws Error{usage} naming a pattern that matched nothing, with the closest keys.
void refuse_unused(const match::PatternSet& patterns, const Checkpoint& checkpoint,
                   std::string_view option);

}  // namespace ckpt::commands
