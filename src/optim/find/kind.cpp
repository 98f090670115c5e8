// Guesses the class that wrote an optimizer from hyperparameters that only one class has, and from
// the keys of its states.
#include <algorithm>
#include <array>

#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

/// A row applies when all its marks are present; "" requires nothing. The first row that applies
/// decides.
struct KindRow {
  std::string_view hyperparameter;
  std::string_view slot;
  std::string_view name;
};

constexpr std::array kinds{
    KindRow{"history_size", "", "LBFGS"},
    KindRow{"beta2_decay", "", "Adafactor"},
    KindRow{"scale_parameter", "", "Adafactor (transformers)"},
    KindRow{"", "exp_avg_sq_row", "Adafactor (transformers)"},
    KindRow{"", "row_var", "Adafactor"},
    KindRow{"ns_steps", "", "Muon"},
    KindRow{"rho", "", "Adadelta"},
    KindRow{"lambd", "", "ASGD"},
    KindRow{"etas", "", "Rprop"},
    KindRow{"momentum_decay", "", "NAdam"},
    KindRow{"initial_accumulator_value", "", "Adagrad"},
    KindRow{"centered", "", "RMSprop"},
    KindRow{"dampening", "", "SGD"},
    KindRow{"", "exp_inf", "Adamax"},
    KindRow{"", "state1", "bitsandbytes"},
    KindRow{"", "qmap1", "bitsandbytes"},
    KindRow{"exp_avg_sq", "", "FusedNovoGrad (apex)"},
    KindRow{"init_zero", "", "FusedNovoGrad (apex)"},
    KindRow{"bias_correction", "", "FusedAdam (apex)"},
    KindRow{"amsgrad", "", "Adam or AdamW"},
    KindRow{"", "mu_product", "NAdam"},
    KindRow{"", "square_avg", "RMSprop or Adadelta"},
    KindRow{"", "exp_avg_sq", "Adam family"},
    KindRow{"betas", "exp_avg", "Lion or the like"},
    KindRow{"", "momentum_buffer", "SGD"},
    KindRow{"betas", "", "Adam family"},
};

bool has_hyperparameter(const Tree& tree, const Optimizer& optimizer, std::string_view key) {
  return std::ranges::any_of(optimizer.groups, [&](const Group& group) {
    return tree.find(group.node, key) != model::no_node;
  });
}

bool has_slot(const Tree& tree, NodeId state, std::string_view key) {
  if (state == model::no_node || !tree.is(state, Kind::dict)) return false;
  if (tree.find(state, key) != model::no_node) return true;
  const auto entries = tree.entries(state);
  return std::ranges::any_of(entries, [&](const model::Entry& entry) {
    return tree.is(entry.value, Kind::dict) && tree.find(entry.value, key) != model::no_node;
  });
}

bool has_slot(const Tree& tree, const Optimizer& optimizer, std::string_view key) {
  return std::ranges::any_of(optimizer.slots,
                             [&](const Slot& slot) { return has_slot(tree, slot.state, key); });
}

/// Since torch 2.7, AdamW is an Adam whose groups have decoupled_weight_decay.
std::string_view adam_or_adamw(const Tree& tree, const Optimizer& optimizer) {
  for (const Group& group : optimizer.groups) {
    const NodeId decoupled = tree.find(group.node, "decoupled_weight_decay");
    if (decoupled != model::no_node && tree.is(decoupled, Kind::boolean))
      return tree.boolean(decoupled) ? "AdamW" : "Adam";
  }
  return "Adam or AdamW";
}

}  // namespace

std::string kind_of(const Tree& tree, const Optimizer& optimizer) {
  for (const KindRow& row : kinds) {
    const bool fits =
        (row.hyperparameter.empty() || has_hyperparameter(tree, optimizer, row.hyperparameter)) &&
        (row.slot.empty() || has_slot(tree, optimizer, row.slot));
    if (!fits) continue;
    if (row.hyperparameter == "amsgrad") return std::string(adam_or_adamw(tree, optimizer));
    // RAdam has the same state as Adam but no amsgrad; SparseAdam has no weight decay.
    if (row.name == "Adam family" && has_hyperparameter(tree, optimizer, "betas"))
      return has_hyperparameter(tree, optimizer, "weight_decay") ? "RAdam" : "SparseAdam";
    return std::string(row.name);
  }
  return "unknown optimizer";
}

bool may_be_one_kind(std::string_view a, std::string_view b) {
  const auto is_covered = [](std::string_view open, std::string_view known) {
    return open == "Adam or AdamW" && (known == "Adam" || known == "AdamW");
  };
  return a == b || is_covered(a, b) || is_covered(b, a);
}

}  // namespace ckpt::optim
