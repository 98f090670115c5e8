// The operations that make the tensor of B of the one of A, as a rule writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/align.hpp"

namespace ckpt::match {

/// The name of the parts' axis where a rule has a second one to tell it from.
inline constexpr std::string_view part_axis = "g";

/// The experts' and the parts' axis of one side are both open: then the parts need part_axis.
bool has_two_axes(const AlignUnit& unit);

/// "cat(0)", "t | split(0, [8, 4, 4])"; "" when the bytes are the same. `names_parts`: the parts
/// are a list named part_axis.
std::string ops_text(const AlignPair& pair, std::span<const AlignTensor> a,
                     std::span<const AlignTensor> b, bool names_parts);

}  // namespace ckpt::match
