// Names the entries of an optimizer so that they find their partners in another file: by parameter
// name when both files have names, else by position.
//
//   optimizer:state:3:exp_avg           optimizer: state of layer1.weight: exp_avg
//   optimizer:param_groups:0:params:3   optimizer: params of group 0: layer1.weight
//   optimizer:state:140234:exp_avg      optimizer:state:3:exp_avg, without names: the id is
//   replaced
//                                       by its position in the `params` of all groups
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/optim/identify.hpp"

namespace ckpt::diff {

class OptimizerNames {
 public:
  /// Names by position.
  OptimizerNames(const model::Tree& tree, optim::Optimizer optimizer);
  /// Names by parameter, if `identified` has a different name for every id; else by position.
  OptimizerNames(const model::Tree& tree, optim::Identified identified);

  const std::string& path_text() const { return optimizer_.path_text; }
  /// Its path, or the path of its partner; the first part of the names.
  const std::string& label() const { return label_; }
  void set_label(std::string label) { label_ = std::move(label); }

  bool has_names() const { return !names_.empty(); }
  void forget_names() { names_.clear(); }
  optim::Level level() const { return level_; }
  /// Where the names come from, or why there are none.
  const std::string& rule() const { return rule_; }

  const model::TreePlace& place() const { return optimizer_.place; }
  /// The slot of a key of `state`.
  std::optional<std::size_t> find_slot(model::NodeId key) const;
  /// The slot of an item of a group's `params` or `param_names`.
  std::optional<std::size_t> find_slot(std::size_t group, std::size_t item) const;
  std::size_t group_count() const { return optimizer_.groups.size(); }
  /// Only when has_names().
  const std::string& name_of(std::size_t slot) const { return names_[slot]; }

 private:
  const model::Tree& tree_;
  optim::Optimizer optimizer_;
  std::string label_;
  std::unordered_map<std::string, std::size_t> slots_;  ///< by identity_of() the id
  std::vector<std::string> names_;                      ///< by slot
  optim::Level level_ = optim::Level::none;
  std::string rule_;
};

/// The optimizers of a tree, with names by position.
std::vector<OptimizerNames> positions_in_optimizers(const model::Tree& tree);

/// Two optimizers that are compared with each other.
struct OptimizerMatch {
  std::string a;  ///< paths
  std::string b;
  bool is_by_name = false;
  optim::Level level = optim::Level::none;  ///< of the side that is known less well
  std::string rule = {};                    ///< of that side
};

/// The optimizers of both sides, and the pairs that are compared.
struct OptimizerMatches {
  std::vector<OptimizerNames> a;
  std::vector<OptimizerNames> b;
  std::vector<OptimizerMatch> matches;
};

/// Pairs the optimizers of both trees: those with equal paths, and the only two that are left.
/// Pairs are compared by name when both have names. Throws as optim::identify does.
OptimizerMatches match_optimizers(const model::Tree& a, const model::Tree& b);

}  // namespace ckpt::diff
