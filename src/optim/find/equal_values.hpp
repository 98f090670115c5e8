// Whether two values, possibly of two trees, are the same Python value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// Compares type and value. Tensors of one element are compared by their number; other tensors are
/// never equal.
bool are_equal(const model::Tree& a, model::NodeId x, const model::Tree& b, model::NodeId y);

/// The hyperparameters that differ between two groups. Entries with one item per parameter do not
/// count as hyperparameters.
std::vector<std::string> differing_hyperparameters(const model::Tree& a, model::NodeId x,
                                                   const model::Tree& b, model::NodeId y);

/// A hyperparameter for messages: "0.1", "(0.9, 0.999)".
std::string hyperparameter_text(const model::Tree& tree, model::NodeId value);

/// "'lr' is 0.1 and 0.01, 'eps' is ...", for groups that must be equal.
std::string differences_text(const model::Tree& a, model::NodeId x, const model::Tree& b,
                             model::NodeId y, const std::vector<std::string>& keys);

}  // namespace ckpt::optim
