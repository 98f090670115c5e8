// PATH=VALUE for `ckpt set`: where values lie, and how a written value becomes one of the type that
// is there.
//
//   epoch=0                                      int stays int
//   optimizer:param_groups:*:lr=1e-5             * stands for any one step, ** for any number
//   optimizer:param_groups:0:betas=0.9,0.95      tuples stay tuples, of the same length
//   optimizer:state:*:step=0                     tensors of one element stay tensors
//   optimizer:param_groups:0:betas:1=0.95        a tuple that others hold too is another one here
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

struct Assignment {
  std::string path;
  std::string value;
};

/// Split at the first '=' outside quotes. Throws Error{usage} when there is none.
Assignment parse_assignment(const std::string& text);

struct Assigned {
  std::string path;
  std::string before;
  std::string after;
  bool is_changed = true;  ///< false: the very value was there
};

/// Replaces every value at the paths, one assignment after another; what was done, of each in the
/// order of the file. What is tied to a tensor changes with it.
/// Throws Error{usage} when nothing lies there, with the closest paths; Error{conflict} when the
/// value is not of the type that is there, or tied tensors are given different numbers.
std::vector<Assigned> assign(model::Tree& tree, std::span<const Assignment> assignments);

}  // namespace ckpt::commands
