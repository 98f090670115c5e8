// Detects files with sorted names, as safetensors and JSON tools write them: their order is not the
// order of registration.
#pragma once

#include <cstdint>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// `sorted` when the order cannot be that of a module: a bias in front of its weight, or layer 10
/// in front of layer 2.
enum class NameOrder : std::uint8_t { as_registered, perhaps_sorted, sorted };
NameOrder name_order(const Problem& problem);

}  // namespace ckpt::optim
