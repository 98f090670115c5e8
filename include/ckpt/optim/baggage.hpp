// What else in a checkpoint is indexed like parameters or groups: learning-rate schedulers,
// scalers, averages of weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckpt/model/places.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

enum class BaggageKind : std::uint8_t {
  scheduler,        ///< base_lrs, _last_lr, ...: one entry a group
  grad_scaler,      ///< scale, growth_factor, ...
  average_by_name,  ///< a state dict of averaged weights
  average_by_list,  ///< shadow_params: one tensor a parameter
  master_weights,   ///< fp32_from_fp16_params: lists of tensors, one list a group
};

struct Baggage {
  BaggageKind kind = BaggageKind::scheduler;
  model::NodeId node = model::no_node;
  std::string path;
  std::size_t count = 0;  ///< groups of a scheduler, tensors of a list
  model::TreePlace place = {};
};

std::string_view baggage_text(BaggageKind kind);

/// In the order of the file; of nested schedulers the outer and the inner ones.
std::vector<Baggage> find_baggage(const model::Tree& tree);

}  // namespace ckpt::optim
