// Finds the operations that turn the tensor of A into the tensor of B, and writes them as a rule
// does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/align.hpp"

namespace ckpt::match {

/// The name of the axis of the parts, where a rule has a second axis.
inline constexpr std::string_view part_axis = "g";

/// Whether the unit has both an axis of experts and an axis of parts; then the latter is named
/// part_axis.
bool has_two_axes(const AlignUnit& unit);

/// "cat(0)", "t | split(0, [8, 4, 4])"; "" when the bytes are equal. `names_parts` says that the
/// parts are a list named part_axis.
std::string ops_text(const AlignPair& pair, std::span<const AlignTensor> a,
                     std::span<const AlignTensor> b, bool names_parts);

}  // namespace ckpt::match
