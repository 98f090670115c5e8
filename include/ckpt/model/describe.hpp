// Describes values of a tree: their Python type, and a line that shows them.
#pragma once

#include <string>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// "int", "str", "OrderedDict", "argparse.Namespace", ...
std::string type_text(const model::Tree& tree, model::NodeId id);

/// One line: numbers in full, texts as they are, containers by their size. At most a few hundred
/// bytes.
std::string value_text(const model::Tree& tree, model::NodeId id);

/// Like value_text, but with the items of a list or tuple: "(0.9, 0.999)", for hyperparameters.
std::string items_text(const model::Tree& tree, model::NodeId id);

/// "3x4", "scalar"; "3x4 sparse_coo" for a tensor that is not strided.
std::string shape_cell(const model::Tensor& tensor);

/// The decimal digits of an integer of any size.
std::string integer_text(const model::Tree& tree, model::NodeId id);

}  // namespace ckpt::model
