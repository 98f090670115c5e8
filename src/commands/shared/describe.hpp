// Values of a tree in words: what type they have for Python, and a line that shows them.
#pragma once

#include <string>

#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

/// "int", "str", "OrderedDict", "argparse.Namespace", ...
std::string type_text(const model::Tree& tree, model::NodeId id);

/// One line: numbers in full, texts as they are, containers by their size. Never more than a few
/// hundred bytes.
std::string value_text(const model::Tree& tree, model::NodeId id);

/// As value_text, but the items of a list or tuple in full: "(0.9, 0.999)", for hyperparameters.
std::string items_text(const model::Tree& tree, model::NodeId id);

/// "3x4", "scalar"; "3x4 sparse_coo" for a tensor that is not strided.
std::string shape_cell(const model::Tensor& tensor);

/// The decimal digits of an integer, of any size.
std::string integer_text(const model::Tree& tree, model::NodeId id);

}  // namespace ckpt::commands
