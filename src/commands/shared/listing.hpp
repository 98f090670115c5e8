// The result of `ckpt ls`, before it is printed.
#pragma once

#include <vector>

#include "ckpt/tensor/statistics.hpp"
#include "commands/shared/parameters.hpp"
#include "commands/shared/tensor_rows.hpp"

namespace ckpt::commands {

/// A value that is not a tensor and contains none.
struct ValueRow {
  model::NodeId node = model::no_node;
  model::PlaceId place = model::no_place;
  bool is_root_entry = false;
};

struct ValueRows {
  model::Places places;
  std::vector<ValueRow> rows;
};

/// The rows of `ls`, with what was computed for them.
struct Listing {
  const Checkpoint& checkpoint;
  TensorRows tensors;
  ValueRows values = {};
  StateOwners owners = {};  ///< of states of optimizers
  // Of the content of each tensor, if asked for.
  std::vector<std::string> hashes = {};
  std::vector<std::optional<tensor::Statistics>> statistics = {};
};

/// Every value without children that is not a tensor, in file order.
ValueRows collect_value_rows(const Checkpoint& checkpoint, match::PatternSet& patterns);

}  // namespace ckpt::commands
