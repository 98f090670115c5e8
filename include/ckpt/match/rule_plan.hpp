// What rules do to the keys of a checkpoint, decided from names, shapes and dtypes alone: no tensor
// is read. The operations of the language are lowered to a few steps that anything that moves
// elements can carry out:
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

/// What rules see of an entry of a state dict.
struct KeyFacts {
  std::string key = {};
  std::vector<std::int64_t> shape = {};
  model::DType dtype = model::DType::float32;
  /// Why its elements cannot be moved ("is no tensor"), or "": such a key can still be renamed.
  std::string obstacle = {};
};

enum class StepKind : std::uint8_t {
  source,    ///< the tensor of keys[source], as it is
  created,   ///< see Step::created
  reshape,   ///< to `shape`, in row-major order
  permute,   ///< dimension `order[i]` of the input becomes dimension i
  slice,     ///< shape[axis] elements of dimension `axis` from `first`
  cat,       ///< the inputs one after the other along `axis`
  same,      ///< the inputs are equal, and are one
  pad,       ///< zeros behind dimension `axis`, up to its new size
  add,       ///< `number` to each element
  multiply,  ///< each element by `number`
  cast,      ///< to `dtype`
};

enum class Filling : std::uint8_t { constant, counting, lower_triangle, inverse_frequencies };

/// The elements of a tensor that comes from nothing.
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

struct PlannedOutput {
  std::string name = {};
  StepId step = 0;                        ///< a `source` step: renamed, nothing else
  std::vector<std::size_t> sources = {};  ///< places in the keys, in order of use; none: created
  std::size_t rule = 0;                   ///< place in the rule set
};

struct Plan {
  std::vector<Step> steps = {};  ///< inputs stand before what uses them
  /// In the order of the first source of each; what is created follows the key it is created for,
  /// or stands at the end. Two outputs of one step are tied.
  std::vector<PlannedOutput> outputs = {};
  std::vector<std::size_t> dropped = {};  ///< places in the keys
  std::vector<Problem> problems = {};     ///< with an error among them the outputs are not complete
};

/// Compiles the rules and plans what they do to `keys`. All that is wrong is among the problems.
Plan make_plan(const RuleSet& rules, const Parameters& parameters, std::span<const KeyFacts> keys);

/// What the plan leaves, as keys to plan with again.
std::vector<KeyFacts> facts_of(const Plan& plan, std::span<const KeyFacts> keys);

}  // namespace ckpt::match
