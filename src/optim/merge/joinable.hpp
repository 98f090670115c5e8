// Checks which optimizers can be joined.
#pragma once

#include <string>

#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// "optimizer 'optim'", for messages.
std::string place_text(const Optimizer& optimizer);

/// Throws Error{conflict} when the files have different numbers of optimizers.
void refuse_other_count(std::size_t first, std::size_t second);

/// Throws Error{conflict} for different kinds or forms, and for states that do not belong to single
/// parameters.
void refuse_unjoinable(const Optimizer& first, const Optimizer& second);

}  // namespace ckpt::optim
