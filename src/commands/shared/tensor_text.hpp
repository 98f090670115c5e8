// The elements of a tensor as numpy prints them: rows in brackets, the middle of what is long left
// out.
//
//   [[ 0.1 , -0.25],
//    [ 3.0 ,  nan ]]
#pragma once

#include <string>

#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

enum class Elision { long_ones, never };

/// Ends with a line break. With Elision::long_ones, tensors of more than 1000 elements show three
/// at each end of every dimension, and no other element is read. Errors: those of
/// tensor::ElementStream; Error{unsupported} for packed types.
std::string tensor_text(const model::Tree& tree, const model::Tensor& tensor, Elision elision);

}  // namespace ckpt::commands
