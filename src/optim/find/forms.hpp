// The forms in which files hold optimizers: how each form is recognised, and the parsers of unusual
// forms.
#pragma once

#include <string_view>

#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

bool is_list_like(const model::Tree& tree, model::NodeId id);

/// {'state': dict, 'param_groups': [dicts with a list `params`]}
bool is_grouped_optimizer(const model::Tree& tree, model::NodeId id);
/// {'state.NAME.KEY': value, 'param_groups.NAME.KEY': value}
bool is_flattened_optimizer(const model::Tree& tree, model::NodeId id);
/// {'state': {NAME: {KEY: value}}}
bool is_state_only_optimizer(const model::Tree& tree, model::NodeId id);
/// The kind of an optimizer that ckpt recognises but does not edit; "" for others.
std::string_view foreign_problem(const model::Tree& tree, model::NodeId id);

Optimizer parse_flattened(const model::Tree& tree, model::NodeId node);

/// "state.layer.0.weight.exp_avg": the name and the key in a key of a flattened optimizer.
struct FlatKey {
  bool is_state = false;  ///< false: of param_groups
  std::string_view name;
  std::string_view key;
};
std::optional<FlatKey> parse_flat_key(std::string_view text);

/// Fills own_names from `param_names`, from ids that are names, or from groups that have a name and
/// a single id.
void find_own_names(const model::Tree& tree, Optimizer& optimizer);

}  // namespace ckpt::optim
