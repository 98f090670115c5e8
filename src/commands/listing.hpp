// What `ckpt ls` found, before it is printed.
#pragma once

#include <vector>

#include "ckpt/tensor/statistics.hpp"
#include "commands/ls_parameters.hpp"
#include "commands/tensor_rows.hpp"

namespace ckpt::commands {

/// A value that is no tensor and holds none.
struct ValueRow {
  model::NodeId node = model::no_node;
  std::string key;
  std::string path;
};

struct Listing {
  const Checkpoint& checkpoint;
  std::vector<TensorRow> tensors;
  std::vector<ValueRow> values = {};
  StateOwners owners = {};  ///< of states of optimizers
  // Of the content of each tensor, where asked for.
  std::vector<std::string> hashes = {};
  std::vector<std::optional<tensor::Statistics>> statistics = {};
};

/// Every value of the tree that has nothing below it and is no tensor, in the order of the file.
std::vector<ValueRow> collect_value_rows(const Checkpoint& checkpoint, match::PatternSet& patterns);

}  // namespace ckpt::commands
