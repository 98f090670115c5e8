// A rule with all names resolved: template items refer to the variables of the rule, operations
// have their numbers, and it is known along which axes many tensors become one, or one becomes
// many.
//
//   x.{e}.{g:w1,w3} -> x.{j:a,b} | stack(e, 0) | cat(g, 0) | split(0)
//     fan-in e, g (only on the left)   fan-out j (only on the right)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/match/rules.hpp"
#include "match/rules/expression.hpp"

namespace ckpt::match {

using VariableId = std::size_t;

enum class VariableKind : std::uint8_t {
  number,
  choice,    ///< index into a list of words
  star,      ///< a text
  key_list,  ///< index into the list of templates of a side
};

/// A placeholder of a rule, which has one value per key that the rule matches.
struct Variable {
  std::string name =
      {};  ///< "i", "_0" for an unnamed list, "*0" for a star, "@" for the list of keys
  VariableKind kind = VariableKind::number;
  std::vector<std::int64_t> range = {};  ///< the allowed values; empty: any number from 0
  std::size_t word_count = 0;            ///< of a choice or key list
  bool is_left = false;
  bool is_right = false;
};

/// "{i}", "unnamed list", "list of keys": the name in messages.
std::string variable_text(const Variable& variable);

/// A part of a template: text, or a placeholder with its variable.
struct CompiledItem {
  TemplateItem::Kind kind = TemplateItem::Kind::literal;
  std::string text = {};
  VariableId variable = 0;              ///< of a star or list
  std::vector<std::string> words = {};  ///< of a list or range
  std::unordered_map<std::string, std::size_t> place_of_word = {};
  std::vector<std::pair<VariableId, std::int64_t>> coefficients = {};  ///< of a number
  std::int64_t constant = 0;
};

using CompiledTemplate = std::vector<CompiledItem>;

enum class OpKind : std::uint8_t {
  cat,
  stack,
  same,
  split,
  unstack,
  copy,
  transpose,
  permute,
  rearrange,
  rope_half,
  rope_pair,
  squeeze,
  unsqueeze,
  reorder,
  roll,
  slice,
  pad,
  crop,
  add,
  multiply,
  cast,
};

bool is_join(OpKind kind);
bool is_split(OpKind kind);

/// One side of a rearrangement: groups of names, "1" or "...".
using AxisGroups = std::vector<std::vector<std::string>>;

/// An operation with all its arguments as numbers.
struct CompiledOp {
  OpKind kind = OpKind::same;
  std::string name = {};
  VariableId axis = 0;                     ///< of joins and splits
  std::vector<std::int64_t> numbers = {};  ///< dimensions first, then the other arguments
  std::vector<std::int64_t> sizes = {};    ///< of cat and split: as declared; of reorder: the order
  std::optional<std::int64_t> count = {};  ///< of split: n=
  std::optional<std::int64_t> first = {};  ///< of slice
  std::optional<std::int64_t> end = {};    ///< of slice
  double number = 0;                       ///< of add and multiply
  model::DType dtype = model::DType::float32;
  AxisGroups left = {};
  AxisGroups right = {};
  std::map<std::string, std::int64_t> pattern_sizes = {};
};

/// The dtype, shape and content of a tensor that a rule creates.
struct CreatedTensor {
  Created created = {};
  std::vector<std::int64_t> shape = {};
  model::DType dtype = model::DType::float32;
};

/// A rule that is ready to be matched against keys.
struct CompiledRule {
  std::size_t index = 0;  ///< in the rule set
  const Rule* rule = nullptr;
  std::string place = {};  ///< "line 4"
  std::vector<Variable> variables = {};
  std::vector<CompiledTemplate> from = {};
  std::vector<CompiledTemplate> to = {};
  std::optional<CompiledTemplate> anchor = {};
  std::vector<VariableId> fan_in = {};
  std::vector<VariableId> fan_out = {};
  bool pairs_keys = false;  ///< the k-th template on the left becomes the k-th on the right
  std::vector<CompiledOp> ops = {};
  std::optional<CreatedTensor> value = {};

  bool is_fan_in(VariableId id) const;
  std::optional<VariableId> key_list() const;
};

/// All rules of a set, with the problems found while compiling.
struct CompiledRules {
  Names names = {};
  std::vector<CompiledRule> rules = {};  ///< without faulty ones, in order
  std::vector<Problem> problems = {};
};

/// The value of count(...) and dim(...): measured on the keys, or a stand-in without keys.
enum class Measured : std::uint8_t { from_keys, placeholder };

struct CompileOptions {
  Measured measured = Measured::from_keys;
};

/// Errors E01 to E06 of all declarations and rules become problems. `rules` must outlive the
/// result.
CompiledRules compile(const RuleSet& rules, const Parameters& parameters,
                      std::span<const KeyFacts> keys, const CompileOptions& options = {});

// ---- the parts of compile(), one file each

/// Evaluates all declarations; appends problems.
Names evaluate_declarations(const RuleSet& rules, const Parameters& parameters,
                            std::span<const KeyFacts> keys, const CompileOptions& options,
                            std::vector<Problem>& problems);
/// Fills the templates and variables of `compiled`. Throws RuleError.
void compile_templates(CompiledRule& compiled, const Names& names);
/// Compiles one template and appends its variables to `variables`. Throws RuleError.
CompiledTemplate compile_template(const Template& key_template, const Names& names,
                                  std::vector<Variable>& variables);
/// Compiles an operation with its arguments; compile_flow() sets the axis of joins and splits.
CompiledOp compile_op(const OpCall& call, const Names& names,
                      std::optional<std::string_view> axis_name);
/// Compiles the operations, and checks that each axis is joined or created once. Throws RuleError.
void compile_flow(CompiledRule& compiled, const Names& names);
/// Parses "zeros(2, 3) f16". Throws RuleError.
CreatedTensor compile_value(std::string_view text, const Names& names);
/// The number of elements. Throws RuleError D15 when it does not fit in 63 bits.
std::int64_t count_elements(const std::vector<std::int64_t>& shape);
/// Both sides of "(h p d) ... -> (p h d) ...". Throws RuleError E01.
std::pair<AxisGroups, AxisGroups> parse_rearrangement(std::string_view text);

}  // namespace ckpt::match
