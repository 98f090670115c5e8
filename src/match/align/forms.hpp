// The keys of a unit as templates.
#pragma once

#include <span>

#include "ckpt/match/align.hpp"
#include "match/align/families.hpp"

namespace ckpt::match {

/// One template per part. For a stack of experts, that of the first expert with its number open.
SideForm side_form(const AlignUnit& unit, std::span<const AlignTensor> tensors);

}  // namespace ckpt::match
