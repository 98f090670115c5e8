// How much the shapes say. A rule that fits is worth as much as the chance that it might not have:
// with eight equal matrices any five fit, with eight different ones one choice in 56 does.
#pragma once

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// How unlikely it is, as a power of two, that names given at random in the order of the model
/// agree with every known shape: all ways to give them, over the deals that agree.
double evidence_bits(const Problem& problem, double deals_bits);

/// Whether shapes could not have excluded anything: then a rule rests on counts alone.
bool are_shapes_mute(const Problem& problem);

}  // namespace ckpt::optim
