// The averages of named tensors, which share storages as those of the first file do:
//
//   a and b are one view            one average, seen by both
//   a is rows 0..3 of b             the storage is averaged, a and b are views of the result
//   tied in the first file only     averaged apart, and said so, unless their values agree
#pragma once

#include <string>
#include <vector>

#include "optim/merge/average_members.hpp"

namespace ckpt::optim {

/// One name in each of the files; members[0] is of the target.
struct NamedMembers {
  std::string name;
  std::vector<Member> members;
};

/// New nodes of `target`, one for each of `tensors`. Members of one name are tensors of one dtype
/// and shape. Floats are summed by weight, integers take the maximum. Reads elements only where
/// tensors are tied in the first file and not in another one.
std::vector<model::NodeId> average_tensors(model::Tree& target,
                                           const std::vector<NamedMembers>& tensors,
                                           std::vector<std::string>& remarks);

}  // namespace ckpt::optim
