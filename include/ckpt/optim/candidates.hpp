// The tensors of a model that can be parameters, with names and shapes, in file order. The resolver
// assigns the ids of an optimizer to them. Tied tensors count once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/module.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// A tensor that can be a parameter.
struct Candidate {
  std::string name;
  Shape shape;
  /// Its name says that it is a buffer; used as a candidate only when the counts require it.
  bool is_likely_buffer = false;
  /// A Parameter that requires no gradient; also used only when the counts require it.
  bool is_frozen = false;
  /// Its module looks like a normalization layer: it has running statistics or a one-dimensional
  /// weight, or its name says so.
  bool is_in_norm = false;
  model::NodeId tensor = model::no_node;
  /// Other names of the same tensor, which come later in the file.
  std::vector<std::string> aliases = {};
};

/// A state dict or pickled module with its candidates.
struct ModelPart {
  std::string path = {};  ///< of the state dict or pickled module; "" for the top level
  model::NodeId node = model::no_node;
  std::vector<Candidate> candidates = {};
  /// An average of weights, by its name; tried after the other parts.
  bool is_average = false;
  /// The writer kept the order in which modules were registered: the part is an OrderedDict with
  /// `_metadata`, or a pickled module.
  bool is_in_module_order = false;
  /// Pairs of the candidate's name and another name of the same tensor: {"lm_head.weight", "wte"}.
  std::vector<std::pair<std::string, std::string>> ties = {};
};

/// The named tensors of a state dict, or of the state dict that a pickled module would return.
std::vector<model::ModuleTensor> tensors_of(const model::Tree& tree, model::NodeId model);

/// The candidates of a state dict, or of a pickled module (which tells parameters from buffers).
/// `buffer_names` are names that the file declares as buffers.
ModelPart make_model_part(const model::Tree& tree, model::NodeId model,
                          const std::vector<std::string>& buffer_names = {});

/// All state dicts and pickled modules with candidates, in file order.
std::vector<ModelPart> find_model_parts(const model::Tree& tree);

}  // namespace ckpt::optim
