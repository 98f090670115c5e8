// Brings both sides to the same granularity. What one side keeps in one tensor and the other in
// several becomes one unit on both:
//
//   A: attn.q.weight, attn.k.weight, attn.v.weight  8x8 each     one unit, 24x8
//   B: attn.qkv.weight                              24x8         one unit
//
// The same applies to gate and up projections, and to experts that the other side stacks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/match/align.hpp"

namespace ckpt::match {

/// A unit with its name: the name of its only key, or the name that a fused tensor would have.
struct NamedUnit {
  std::string name;
  AlignUnit unit;
  std::vector<std::string> part_names = {};  ///< of the units that were joined, else its own
};

/// The units of A and of B.
struct UnitsOfBoth {
  std::vector<NamedUnit> a;
  std::vector<NamedUnit> b;
};

/// One unit per key, except that experts which the other side does not number are stacked. `keys_a`
/// and `keys_b` are the indices to use, ascending.
UnitsOfBoth make_units(std::span<const AlignTensor> a, std::span<const std::size_t> keys_a,
                       std::span<const AlignTensor> b, std::span<const std::size_t> keys_b);

/// Joins q, k, v and gate, up where the other side has a fused tensor of that size and no separate
/// parts.
void join_parts(UnitsOfBoth& units);

/// Joins units along the first axis (behind the axis of the experts); nothing when the other axes
/// differ. The result has no name yet.
std::optional<NamedUnit> join_units(const std::vector<const NamedUnit*>& parts);

/// The shape without dimensions of size 1.
std::vector<std::int64_t> squeezed(const std::vector<std::int64_t>& shape);

}  // namespace ckpt::match
