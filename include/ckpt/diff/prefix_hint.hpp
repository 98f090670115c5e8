// Detects that the tensor names of two checkpoints would agree without a prefix or wrapper, so that
// `diff` can suggest an option instead of listing every tensor as added and removed.
#pragma once

#include <optional>

#include "ckpt/diff/difference.hpp"
#include "ckpt/match/prefix_hint.hpp"

namespace ckpt::diff {

/// The hint for the tensors of both roots.
std::optional<match::PrefixHint> find_prefix_hint(const Side& a, const Side& b,
                                                  const Result& result);

/// Whether both roots hold tensors, but have no name and no content in common.
bool share_no_name(const Result& result);

}  // namespace ckpt::diff
