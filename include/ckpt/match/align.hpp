// Finds which tensor of one model is which tensor of another model that names them differently, so
// that conversion rules need not be written by hand.
//
//   blocks.0.attn.qkv.weight [24, 8]  is  layer.0.attention.{query,key,value}.weight [8, 8] each
//
// Only names, shapes, dtypes and file order are used. The candidates for a tensor have the same
// shape and kind. Four cues vote for a candidate: its name (after synonyms), its position, the
// module that the neighbours of the tensor went to, and constant offsets between layer numbers. The
// assignment with the largest sum of votes wins. The grade of a pair says how many cues agree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/dtype.hpp"

namespace ckpt::match {

/// A tensor as the alignment sees it.
struct AlignTensor {
  std::string key;
  std::vector<std::int64_t> shape = {};
  model::DType dtype = model::DType::float32;
  /// A fingerprint of the values that can be added: the fingerprint of joined tensors is the sum of
  /// theirs. When both tensors have one, they are paired only if the fingerprints are equal.
  std::optional<std::uint64_t> content = {};
};

/// How certain a pair is, most certain first.
enum class Grade : std::uint8_t {
  given,           ///< given by the caller
  only,            ///< the only candidate by shape and kind
  name,            ///< the best name on both sides; order or context agrees
  order,           ///< several names are equally good; order, context and numbers agree
  contested_plus,  ///< another name is better; order, context and numbers agree on this one
  tie,             ///< several names are equally good, or the other cues contradict the name
  contested,       ///< another name is better, and the cues disagree
};

/// "only", "name+", "order", "contested+", ...
std::string_view grade_word(Grade grade);
/// Whether a person should decide: tie and contested.
bool is_open(Grade grade);

/// How the tensor of A, with its parts joined, relates to the tensor of B.
enum class ShapeRelation : std::uint8_t { same, reshaped, transposed };

/// One tensor of the other side as this side has it: a tensor, or several tensors that are one
/// there. `keys` are positions in the caller's list, part by part (q, k, v), and within a part
/// expert by expert.
struct AlignUnit {
  std::vector<std::size_t> keys = {};
  std::size_t part_count = 1;        ///< parts are joined along join_axis
  bool is_stack_of_experts = false;  ///< each part is a stack of experts along a new first axis
  std::size_t join_axis = 0;
  std::vector<std::int64_t> shape = {};  ///< of the joined tensor

  std::size_t keys_per_part() const { return keys.size() / part_count; }
};

/// Two units that correspond.
struct AlignPair {
  AlignUnit a = {};
  AlignUnit b = {};
  ShapeRelation relation = ShapeRelation::same;
  Grade grade = Grade::contested;
  /// Positions in B that also fit, best first; only a few.
  std::vector<std::size_t> alternatives = {};
};

struct Alignment {
  std::vector<AlignPair> pairs = {};     ///< in the order of A
  std::vector<std::size_t> only_a = {};  ///< without a partner, ascending
  std::vector<std::size_t> only_b = {};
};

/// The user's hint that keys of A containing `a` correspond to keys of B containing `b`. A number
/// at the end is a whole number: "layer.1" does not match "layer.10".
struct AlignHint {
  std::string a;
  std::string b;
};

struct AlignOptions {
  std::vector<AlignHint> hints = {};
  std::vector<AlignPair> settled = {};
  /// Positions that are ignored; they do not appear in only_a or only_b either.
  std::vector<std::size_t> left_out_a = {};
  std::vector<std::size_t> left_out_b = {};
};

/// Throws Error{usage} for a hint that no key of A, or no key of B, contains.
Alignment align(std::span<const AlignTensor> a, std::span<const AlignTensor> b,
                const AlignOptions& options = {});

}  // namespace ckpt::match
