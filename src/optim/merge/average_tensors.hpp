// Averages named tensors and keeps the sharing of storages as in the first file:
//
//   a and b are one view            one average, seen by both
//   a is rows 0..3 of b             the storage is averaged, a and b are views of the result
//   tied in the first file only     averaged separately and reported, unless their values agree
#pragma once

#include <string>
#include <vector>

#include "optim/merge/average_members.hpp"

namespace ckpt::optim {

/// One name in each of the files. members[0] is in the target.
struct NamedMembers {
  std::string name;
  std::vector<Member> members;
};

/// New nodes of `target`, one per item of `tensors`. The members of a name have the same dtype and
/// shape. Floats are summed by weight, integers take the maximum. Reads elements only when tensors
/// are tied in the first file and not in another one.
std::vector<model::NodeId> average_tensors(model::Tree& target,
                                           const std::vector<NamedMembers>& tensors,
                                           std::vector<std::string>& remarks);

}  // namespace ckpt::optim
