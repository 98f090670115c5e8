// The model part as the resolver sees it: names and shapes of what can be a parameter, in the order
// of the file, ties once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/module.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

struct Candidate {
  std::string name;
  Shape shape;
  /// Its name says that it is a buffer; it is a candidate only when the counts ask for it.
  bool is_likely_buffer = false;
  /// A Parameter that requires no gradient; it too is a candidate only when the counts ask for it.
  bool is_frozen = false;
  /// Its module looks like a norm: running statistics, a weight of one dimension, or its name.
  bool is_in_norm = false;
  model::NodeId tensor = model::no_node;
  /// Other names of the same tensor, later in the file.
  std::vector<std::string> aliases = {};
};

struct ModelPart {
  std::string path = {};  ///< of the state dict or pickled module; "" for the top level
  model::NodeId node = model::no_node;
  std::vector<Candidate> candidates = {};
  /// It is an average of weights by its name, and stands behind the others.
  bool is_average = false;
  /// The writer kept the order in which modules were registered: an OrderedDict with
  /// `_metadata`, or a pickled module.
  bool is_in_module_order = false;
  /// Other names of the same tensor, by the name that is the candidate: {"lm_head.weight", "wte"}.
  std::vector<std::pair<std::string, std::string>> ties = {};
};

/// The tensors of a state dict by name, or those of the state dict that a pickled module would
/// give.
std::vector<model::ModuleTensor> tensors_of(const model::Tree& tree, model::NodeId model);

/// The candidates of one state dict, or of a pickled module, which tells parameters from buffers.
/// `buffer_names` are names that the file declares as buffers.
ModelPart make_model_part(const model::Tree& tree, model::NodeId model,
                          const std::vector<std::string>& buffer_names = {});

/// Every state dict and pickled module of the tree that has candidates, in the order of the file.
std::vector<ModelPart> find_model_parts(const model::Tree& tree);

}  // namespace ckpt::optim
