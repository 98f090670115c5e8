// Whether a file sorts its names, as safetensors and JSON tools do: then their order is not that of
// registration.
#pragma once

#include <cstdint>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// `sorted` where a module's own order would not be: a bias before its weight, or layer 10 before
/// layer 2.
enum class NameOrder : std::uint8_t { as_registered, perhaps_sorted, sorted };
NameOrder name_order(const Problem& problem);

}  // namespace ckpt::optim
