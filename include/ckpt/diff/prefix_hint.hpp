// Two checkpoints of which (almost) no name agrees, but would with one prefix or wrapper less.
#pragma once

#include <optional>

#include "ckpt/diff/difference.hpp"
#include "ckpt/match/prefix_hint.hpp"

namespace ckpt::diff {

/// The hint for the tensors of the two roots.
std::optional<match::PrefixHint> find_prefix_hint(const Side& a, const Side& b,
                                                  const Result& result);

/// Whether both roots hold tensors, and no name or content is on both sides.
bool share_no_name(const Result& result);

}  // namespace ckpt::diff
