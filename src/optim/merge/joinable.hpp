// Which optimizers can be made one.
#pragma once

#include <string>

#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// "optimizer 'optim'", for messages.
std::string place_text(const Optimizer& optimizer);

/// Throws Error{conflict} for files with other numbers of optimizers.
void refuse_other_count(std::size_t first, std::size_t second);

/// Throws Error{conflict} for other kinds and forms, and for states that are no one's in
/// particular.
void refuse_unjoinable(const Optimizer& first, const Optimizer& second);

}  // namespace ckpt::optim
