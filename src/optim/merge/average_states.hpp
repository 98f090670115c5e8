// Averages the states of optimizers with equal layout, entry by entry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/optim/merge.hpp"
#include "ckpt/optim/slot_rules.hpp"
#include "optim/find/slot_numbers.hpp"
#include "optim/merge/average_members.hpp"

namespace ckpt::optim {

class StateAverager {
 public:
  /// trees[0] is the tree of `target`; weights[i] belongs to trees[i].
  StateAverager(model::Tree& target, const std::vector<const model::Tree*>& trees,
                const std::vector<double>& weights, const AverageOptions& options)
      : target_(target), trees_(trees), weights_(weights), options_(options) {}

  /// Averages into optimizers[0], which is in `target`; optimizers[i] is in trees[i]. Throws
  /// Error{conflict} when their layouts differ, Error{unsupported} for forms that cannot be
  /// averaged.
  void average(const std::vector<const Optimizer*>& optimizers, MergeReport& report);

 private:
  bool is_settled(const std::string& key) const;
  void refuse_other_layout(const std::vector<const Optimizer*>& members) const;
  void refuse_other_group(const Optimizer& first, const Optimizer& other, std::size_t file,
                          std::size_t g) const;
  void average_numbers(const std::vector<const Optimizer*>& members);
  std::optional<SlotNumber> average_number(const std::vector<SlotNumbers>& numbers,
                                           std::size_t slot) const;
  model::NodeId average_state(const std::vector<const Optimizer*>& optimizers, std::size_t slot);
  model::NodeId average_value(const std::vector<Member>& states, const std::string& key,
                              model::NodeId group, const std::string& label);
  model::NodeId average_slot(const std::vector<Member>& members, SlotMean mean,
                             model::NodeId group);
  std::optional<double> beta_of(model::NodeId group, std::size_t index) const;
  model::NodeId average_unbiased(const std::vector<Member>& members, std::optional<double> beta);
  model::NodeId take(const Member& member, model::NodeId node);
  model::NodeId unaveraged(const Member& member, const std::string& key, const std::string& label);

  model::Tree& target_;
  const std::vector<const model::Tree*>& trees_;
  const std::vector<double>& weights_;
  const AverageOptions& options_;
};

}  // namespace ckpt::optim
