// Granularity: what one side keeps in one tensor and the other in several becomes one unit on both.
//
//   A: attn.q.weight, attn.k.weight, attn.v.weight  8x8 each     one unit, 24x8
//   B: attn.qkv.weight                              24x8         one unit
//
// So it is with gate and up projections, and with experts that the other side stacks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/match/align.hpp"

namespace ckpt::match {

/// A unit with the name that it goes by: of its only key, or what a fused tensor would be called.
struct NamedUnit {
  std::string name;
  AlignUnit unit;
  std::vector<std::string> part_names = {};  ///< of the units that were joined, else its own
};

struct UnitsOfBoth {
  std::vector<NamedUnit> a;
  std::vector<NamedUnit> b;
};

/// One for each key, but for experts that the other side does not number: those are stacked.
/// keys: positions in `a` and `b` that are looked at, ascending.
UnitsOfBoth make_units(std::span<const AlignTensor> a, std::span<const std::size_t> keys_a,
                       std::span<const AlignTensor> b, std::span<const std::size_t> keys_b);

/// Joins q, k, v and gate, up where the other side has a fused tensor of that size and lacks parts.
void join_parts(UnitsOfBoth& units);

/// Joined along the first axis, behind that of the experts; nothing when the other axes differ. Has
/// no name yet.
std::optional<NamedUnit> join_units(const std::vector<const NamedUnit*>& parts);

/// Without its sizes of 1.
std::vector<std::int64_t> squeezed(const std::vector<std::int64_t>& shape);

}  // namespace ckpt::match
