// Measures how much the shapes confirm a rule. A rule that fits is worth as much as the chance that
// it would not have fitted: with eight equal matrices any choice of five fits, with eight different
// ones one choice of 56.
#pragma once

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// log2 of the number of all ways to assign names in the order of the model, minus log2 of those
/// that agree with every known shape. The larger, the less likely an agreement by chance.
double evidence_bits(const Problem& problem, double deals_bits);

/// Whether the shapes could not have excluded any assignment; then a rule rests on counts only.
bool are_shapes_mute(const Problem& problem);

}  // namespace ckpt::optim
