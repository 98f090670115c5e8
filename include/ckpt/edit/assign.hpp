// PATH=VALUE of `ckpt set`: where the values are, and how a written value gets the type of the old
// one.
//
//   epoch=0                                      an int stays an int
//   optimizer:param_groups:*:lr=1e-5             * matches any one step, ** any number of steps
//   optimizer:param_groups:0:betas=0.9,0.95      a tuple stays a tuple of the same length
//   optimizer:state:*:step=0                     a tensor of one element stays a tensor
//   optimizer:param_groups:0:betas:1=0.95        a shared tuple is replaced in this place only
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// PATH=VALUE as it was written.
struct Assignment {
  std::string path;
  std::string value;
};

/// Splits at the first '=' outside of quotes. Throws Error{usage} when there is none.
Assignment parse_assignment(const std::string& text);

/// What an assignment changed at one path.
struct Assigned {
  std::string path;
  std::string before;
  std::string after;
  bool is_changed = true;  ///< false: the very value was there
};

/// Replaces every value at the paths, one assignment after another; returns what was done, per
/// assignment in file order. Tensors tied to a changed tensor change as well.
///
/// Throws Error{usage} with the closest paths when a path leads nowhere; Error{conflict} when the
/// value has the wrong type, or when tied tensors are given different numbers.
std::vector<Assigned> assign(model::Tree& tree, std::span<const Assignment> assignments);

}  // namespace ckpt::edit
