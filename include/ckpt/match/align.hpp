// Which tensor of one model is which of another, when the two name them differently.
//
//   blocks.0.attn.qkv.weight [24, 8]  is  layer.0.attention.{query,key,value}.weight [8, 8] each
//
// Only names, shapes, dtypes and the order in the file are looked at. Candidates are tensors of
// equal shape and kind; names (after synonyms), position, the modules that others of the same
// module went to, and the offsets between layer numbers vote; the assignment with the best sum
// wins. How many of these cues agree on a pair is its grade.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/dtype.hpp"

namespace ckpt::match {

struct AlignTensor {
  std::string key;
  std::vector<std::int64_t> shape = {};
  model::DType dtype = model::DType::float32;
  /// A fingerprint of the values that adds up: that of tensors joined is the sum of theirs. Where
  /// both sides have one, only equal ones are paired.
  std::optional<std::uint64_t> content = {};
};

/// How sure a pair is, most sure first.
enum class Grade : std::uint8_t {
  given,           ///< settled by the caller
  only,            ///< the only candidate by shape and kind
  name,            ///< best by name on both sides, and order or context agrees
  order,           ///< names tie; order, context and numbers agree
  contested_plus,  ///< a name prefers another; order, context and numbers agree on this
  tie,             ///< names cannot tell, or the other cues do not follow them
  contested,       ///< a name prefers another, and the cues disagree
};

/// "only", "name+", "order", "contested+", ...
std::string_view grade_word(Grade grade);
/// A person should decide: tie and contested.
bool is_open(Grade grade);

/// How the tensor of A, after its parts are joined, relates to the one of B.
enum class ShapeRelation : std::uint8_t { same, reshaped, transposed };

/// One tensor of a side as the other side sees it: a tensor, or several that are one there.
/// keys hold positions in the caller's list: part by part (q, k, v), within a part expert by
/// expert.
struct AlignUnit {
  std::vector<std::size_t> keys = {};
  std::size_t part_count = 1;        ///< joined along join_axis
  bool is_stack_of_experts = false;  ///< each part is a stack of experts, on a new first axis
  std::size_t join_axis = 0;
  std::vector<std::int64_t> shape = {};  ///< of the whole

  std::size_t keys_per_part() const { return keys.size() / part_count; }
};

struct AlignPair {
  AlignUnit a = {};
  AlignUnit b = {};
  ShapeRelation relation = ShapeRelation::same;
  Grade grade = Grade::contested;
  /// Positions in B that would have fit instead, best first; a few at most.
  std::vector<std::size_t> alternatives = {};
};

struct Alignment {
  std::vector<AlignPair> pairs = {};     ///< in the order of A
  std::vector<std::size_t> only_a = {};  ///< without a partner, ascending
  std::vector<std::size_t> only_b = {};
};

/// Keys of A that hold `a` are keys of B that hold `b`, and the other way round. A digit at the end
/// of either is the end of a number: "layer.1" is not in "layer.10".
struct AlignHint {
  std::string a;
  std::string b;
};

struct AlignOptions {
  std::vector<AlignHint> hints = {};
  std::vector<AlignPair> settled = {};
  /// Positions that take no part, and are not among what only one side has.
  std::vector<std::size_t> left_out_a = {};
  std::vector<std::size_t> left_out_b = {};
};

/// Throws Error{usage} for a hint that is in no key of A, or in none of B.
Alignment align(std::span<const AlignTensor> a, std::span<const AlignTensor> b,
                const AlignOptions& options = {});

}  // namespace ckpt::match
