// Decides whether a tensor can replace another.
#pragma once

#include "ckpt/match/pairing.hpp"

namespace ckpt::match {

/// The pair of these entries, with how well they fit.
Pair make_pair(const std::vector<Named>& sources, std::size_t source,
               const std::vector<Named>& targets, std::size_t target,
               const PairingOptions& options);

}  // namespace ckpt::match
