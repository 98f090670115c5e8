// What the entries of an optimizer are called, so that they find their partners in another file:
// by the names of their parameters where both files have them, else by position.
//
//   optimizer:state:3:exp_avg        optimizer: state of layer1.weight: exp_avg
//   optimizer:param_groups:0:params:3    optimizer: params of group 0: layer1.weight
//   optimizer:state:140234:exp_avg   optimizer:state:3:exp_avg, where there are no names: an id
//                                    stands for its position through the `params` of the groups
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/optim/identify.hpp"

namespace ckpt::diff {

/// Gives the parameters of a root the names by which its tensors are matched.
using Rename = std::function<std::string(std::string_view name)>;

class OptimizerNames {
 public:
  /// By position.
  OptimizerNames(const model::Tree& tree, optim::Optimizer optimizer);
  /// By name where `identified` has one, and another one, for every id.
  OptimizerNames(const model::Tree& tree, optim::Identified identified);

  const std::string& path_text() const { return optimizer_.path_text; }
  /// How it is called in names: its path, or that of its partner.
  const std::string& label() const { return label_; }
  void set_label(std::string label) { label_ = std::move(label); }

  bool has_names() const { return !names_.empty(); }
  void forget_names() { names_.clear(); }
  optim::Level level() const { return level_; }
  /// From where the names are, or why there are none.
  const std::string& rule() const { return rule_; }

  /// Whether `path` is that of the optimizer, or lies in it.
  bool contains(const model::KeyPath& path) const;
  /// Whether `path` lies in it.
  bool surrounds(const model::KeyPath& path) const;
  /// Of a path in this optimizer.
  std::string name_of(const model::KeyPath& path, const Rename& rename) const;
  /// The parameter whose state lies at `path`, by its name.
  std::optional<std::string> find_parameter(const model::KeyPath& path, const Rename& rename) const;
  /// Whether the value at `path` does nothing but tell which parameter is in the group.
  bool is_member(const model::KeyPath& path) const;

 private:
  enum class List : std::uint8_t { params, param_names };
  struct Member {
    List list = List::params;
    std::size_t group = 0;
    std::size_t slot = 0;
  };
  std::optional<std::size_t> find_slot_of_state(const model::KeyPath& path) const;
  std::optional<Member> find_member(const model::KeyPath& path) const;
  std::string text_below(const model::KeyPath& path, std::size_t first) const;

  const model::Tree& tree_;
  optim::Optimizer optimizer_;
  std::string label_;
  std::unordered_map<std::string, std::size_t> slots_;  ///< by the identity of the id
  std::vector<std::string> names_;                      ///< by slot
  optim::Level level_ = optim::Level::none;
  std::string rule_;
};

/// The optimizers of a tree, by position.
std::vector<OptimizerNames> positions_in_optimizers(const model::Tree& tree);

/// Two optimizers that are compared.
struct OptimizerMatch {
  std::string a;  ///< paths
  std::string b;
  bool is_by_name = false;
  optim::Level level = optim::Level::none;  ///< of the side of which less is known
  std::string rule = {};                    ///< of that side
};

struct OptimizerMatches {
  std::vector<OptimizerNames> a;
  std::vector<OptimizerNames> b;
  std::vector<OptimizerMatch> matches;
};

/// The optimizers of both trees. Two are compared that have one path, or are the only ones left;
/// by name where both have names. Errors: as optim::identify.
OptimizerMatches match_optimizers(const model::Tree& a, const model::Tree& b);

}  // namespace ckpt::diff
