#include "optim/merge/average_members.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::optim {

bool is_floating(const model::Tensor& tensor) {
  const model::NumberClass number_class = model::row_of(tensor.dtype).number_class;
  return number_class == model::NumberClass::floating ||
         number_class == model::NumberClass::complex;
}

std::vector<Member> renormalized(std::vector<Member> members, std::size_t total) {
  if (members.size() == total) return members;
  double sum = 0;
  for (const Member& member : members) sum += member.weight;
  for (Member& member : members) member.weight /= sum;
  return members;
}

tensor::Input input_of(const Member& member, model::Tensor tensor, double divisor) {
  return {.storage = member.tree->storage_of(tensor),
          .tensor = std::move(tensor),
          .weight = member.weight,
          .divisor = divisor};
}

model::Tensor combine_members(model::Tree& tree, const std::vector<Member>& members,
                              tensor::Operation operation) {
  tensor::Combination combination{.operation = operation};
  for (const Member& member : members)
    combination.inputs.push_back(input_of(member, member.tree->tensor(member.node)));
  return tensor::combined(tree, combination);
}

void refuse_other_shape(const std::string& name, const std::vector<Member>& members) {
  const model::Tensor& first = members.front().tree->tensor(members.front().node);
  for (const Member& member : members) {
    const bool is_tensor = member.tree->is(member.node, model::Kind::tensor);
    if (is_tensor && member.tree->tensor(member.node).layout.shape == first.layout.shape &&
        member.tree->tensor(member.node).dtype == first.dtype)
      continue;
    throw Error(ErrorKind::conflict,
                concat(quote(name), " is ", model::row_of(first.dtype).name, " ",
                       shape_text(first.layout.shape), " in one file and otherwise in another"));
  }
}

}  // namespace ckpt::optim
