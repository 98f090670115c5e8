// Prints the elements of a tensor as numpy does: rows in brackets; the middle of long dimensions is
// left out.
//
//   [[ 0.1 , -0.25],
//    [ 3.0 ,  nan ]]
#pragma once

#include <string>

#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

enum class Elision { long_ones, never };

/// Ends with a line break. With Elision::long_ones, a tensor of more than 1000 elements shows three
/// at each end of every dimension, and no other element is read. Throws as tensor::ElementStream
/// does; Error{unsupported} for packed types.
std::string tensor_text(const model::Tree& tree, const model::Tensor& tensor, Elision elision);

}  // namespace ckpt::commands
