// Finds everything else in a checkpoint that has one entry per parameter or per group:
// learning-rate schedulers, gradient scalers, averages of weights. When an edit adds or drops
// parameters, these must change in the same way, or the run cannot continue.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckpt/model/places.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

enum class BaggageKind : std::uint8_t {
  scheduler,        ///< base_lrs, _last_lr, ...: one entry per group
  grad_scaler,      ///< scale, growth_factor, ...
  average_by_name,  ///< a state dict of averaged weights
  average_by_list,  ///< shadow_params: one tensor per parameter
  master_weights,   ///< fp32_from_fp16_params: one list of tensors per group
};

/// A value that has one entry per parameter or per group.
struct Baggage {
  BaggageKind kind = BaggageKind::scheduler;
  model::NodeId node = model::no_node;
  std::string path;
  std::size_t count = 0;  ///< groups of a scheduler, tensors of a list
  model::TreePlace place = {};
};

std::string_view baggage_text(BaggageKind kind);

/// Whether a path or key names an average of weights: ema, swa_model, params_ema, ...
bool names_an_average(std::string_view path);

/// In the order of the file; of nested schedulers the outer and the inner ones.
std::vector<Baggage> find_baggage(const model::Tree& tree);

}  // namespace ckpt::optim
