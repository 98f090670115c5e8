// Names for what lies in an optimizer that are the same in two files although the ids of its
// parameters are not: before torch 1.5 they were addresses. An id stands for its position through
// the `params` of the groups.
//
//   optimizer:state:140234:exp_avg          is named  optimizer:state:0:exp_avg
//   optimizer:param_groups:0:params:0       is the id itself: there, or not
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::diff {

class OptimizerPositions {
 public:
  OptimizerPositions(const model::Tree& tree, model::Section optimizer);

  bool contains(const model::KeyPath& path) const;
  /// Of a path in this optimizer.
  std::string name_of(const model::KeyPath& path) const;
  /// Whether the value at `path` is the id of a parameter in its group.
  bool is_param_id(const model::KeyPath& path) const;

 private:
  const model::Tree& tree_;
  model::Section section_;
  std::unordered_map<std::string, std::size_t> positions_;  ///< by the text of the id
};

}  // namespace ckpt::diff
