// Decides what rules do to the keys of a checkpoint, from names, shapes and dtypes alone: no tensor
// is read. Every operation of the rule language becomes a few simple steps, so that code that moves
// elements needs to know only eleven step kinds:
//
//   self_attn.q_proj.weight  <-  permute(0, 2, 1, 3) of reshape(2, 2, 2, 8) of source 1 ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ckpt/match/rules.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::match {

/// What rules know about an entry of a state dict.
struct KeyFacts {
  std::string key = {};
  std::vector<std::int64_t> shape = {};
  model::DType dtype = model::DType::float32;
  /// Why its elements cannot be moved ("is no tensor"); "" when they can. A key with an obstacle
  /// can still be renamed.
  std::string obstacle = {};
};

/// The operations that a plan consists of.
enum class StepKind : std::uint8_t {
  source,    ///< the tensor of keys[source], unchanged
  created,   ///< see Step::created
  reshape,   ///< to `shape`, in row-major order
  permute,   ///< dimension `order[i]` of the input becomes dimension i
  slice,     ///< shape[axis] elements of dimension `axis`, from `first`
  cat,       ///< joins the inputs along `axis`
  same,      ///< checks that the inputs are equal and takes one of them
  pad,       ///< appends zeros along dimension `axis` up to its new size
  add,       ///< adds `number` to each element
  multiply,  ///< multiplies each element by `number`
  cast,      ///< to `dtype`
};

enum class Filling : std::uint8_t { constant, counting, lower_triangle, inverse_frequencies };

/// The elements of a tensor that no input provides.
///
///   constant             number everywhere
///   counting             0, 1, 2, ...
///   lower_triangle       ones on and below the diagonal of the last two dimensions
///   inverse_frequencies  1 / number^(2i / size), in float32
struct Created {
  Filling filling = Filling::constant;
  double number = 0;
  std::int64_t size = 0;
};

using StepId = std::size_t;

/// One operation; `kind` says which of the members it uses.
struct Step {
  StepKind kind = StepKind::source;
  std::vector<StepId> inputs = {};
  std::vector<std::int64_t> shape = {};
  model::DType dtype = model::DType::float32;
  std::size_t source = 0;
  std::vector<std::size_t> order = {};
  std::size_t axis = 0;
  std::int64_t first = 0;
  double number = 0;
  Created created = {};
};

/// A tensor of the result.
struct PlannedOutput {
  std::string name = {};
  StepId step = 0;                        ///< of kind `source`: only renamed
  std::vector<std::size_t> sources = {};  ///< indices into the keys, in order of use; empty:
                                          ///< created
  std::size_t rule = 0;                   ///< index into the rules
};

/// The result of rules on given keys.
struct Plan {
  std::vector<Step> steps = {};  ///< inputs come before the steps that use them
  /// In the order of the first source of each output. A created output follows the key that it is
  /// created for, or is at the end. Two outputs of the same step are tied.
  std::vector<PlannedOutput> outputs = {};
  std::vector<std::size_t> dropped = {};  ///< indices into the keys
  std::vector<Problem> problems = {};     ///< when one of them is an error, the outputs are
                                          ///< incomplete
};

/// Compiles the rules and plans what they do to `keys`. Faults are in Plan::problems; nothing is
/// thrown.
Plan make_plan(const RuleSet& rules, const Parameters& parameters, std::span<const KeyFacts> keys);

/// The keys after the plan, as input for another plan.
std::vector<KeyFacts> facts_of(const Plan& plan, std::span<const KeyFacts> keys);

}  // namespace ckpt::match
