// A value that every averaged file has.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/combine.hpp"

namespace ckpt::optim {

/// The value in one of the files.
struct Member {
  const model::Tree* tree = nullptr;
  model::NodeId node = model::no_node;
  double weight = 1;
  double step = 0;
};

bool is_floating(const model::Tensor& tensor);

/// The weights of the members that take part, scaled to sum 1 when fewer than `total` do.
std::vector<Member> renormalized(std::vector<Member> members, std::size_t total);

/// The member as an input of a combination.
tensor::Input input_of(const Member& member, model::Tensor tensor, double divisor = 1);

/// The combined members over a new storage of `tree`.
model::Tensor combine_members(model::Tree& tree, const std::vector<Member>& members,
                              tensor::Operation operation);

/// Throws Error{conflict} unless all are tensors of the same dtype and shape.
void refuse_other_shape(const std::string& name, const std::vector<Member>& members);

}  // namespace ckpt::optim
