// Rules with every name resolved: templates whose items refer to the variables of their rule,
// operations with their numbers, and the axes along which many tensors become one or one many.
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
  choice,    ///< place in a list of words
  star,      ///< a text
  key_list,  ///< place in the list of templates of a side
};

struct Variable {
  std::string name =
      {};  ///< "i", "_0" for an unnamed list, "*0" for a star, "@" for the list of keys
  VariableKind kind = VariableKind::number;
  std::vector<std::int64_t> range = {};  ///< the values it may have; empty: any number from 0
  std::size_t word_count = 0;            ///< of a choice or key list
  bool is_left = false;
  bool is_right = false;
};

/// "{i}", "unnamed list", "list of keys": how messages speak of it.
std::string variable_text(const Variable& variable);

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

struct CompiledOp {
  OpKind kind = OpKind::same;
  std::string name = {};
  VariableId axis = 0;                     ///< of joins and splits
  std::vector<std::int64_t> numbers = {};  ///< dimensions first, then what the operation needs
  std::vector<std::int64_t> sizes = {};    ///< of cat, split: as declared; of reorder: the order
  std::optional<std::int64_t> count = {};  ///< of split: n=
  std::optional<std::int64_t> first = {};  ///< of slice
  std::optional<std::int64_t> end = {};    ///< of slice
  double number = 0;                       ///< of add, multiply
  model::DType dtype = model::DType::float32;
  AxisGroups left = {};
  AxisGroups right = {};
  std::map<std::string, std::int64_t> pattern_sizes = {};
};

struct CreatedTensor {
  Created created = {};
  std::vector<std::int64_t> shape = {};
  model::DType dtype = model::DType::float32;
};

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

struct CompiledRules {
  Names names = {};
  std::vector<CompiledRule> rules = {};  ///< those without errors, in order
  std::vector<Problem> problems = {};
};

/// What stands for count(...) and dim(...) while no keys are known.
enum class Measured : std::uint8_t { from_keys, placeholder };

struct CompileOptions {
  Measured measured = Measured::from_keys;
};

/// E01..E06 of all declarations and rules are among the problems. `rules` must outlive the result.
CompiledRules compile(const RuleSet& rules, const Parameters& parameters,
                      std::span<const KeyFacts> keys, const CompileOptions& options = {});

// The rooms of compile(), each for a part of it.

/// Values of all declarations; problems are appended.
Names evaluate_declarations(const RuleSet& rules, const Parameters& parameters,
                            std::span<const KeyFacts> keys, const CompileOptions& options,
                            std::vector<Problem>& problems);
/// Fills the templates and variables of `compiled`. Throws RuleError.
void compile_templates(CompiledRule& compiled, const Names& names);
/// A template on its own, its variables appended to `variables`. Throws RuleError.
CompiledTemplate compile_template(const Template& key_template, const Names& names,
                                  std::vector<Variable>& variables);
/// The operation with its arguments; the axis of joins and splits is left to compile_flow().
CompiledOp compile_op(const OpCall& call, const Names& names,
                      std::optional<std::string_view> axis_name);
/// Compiles the operations, and checks that each axis is joined or made once. Throws RuleError.
void compile_flow(CompiledRule& compiled, const Names& names);
/// "zeros(2, 3) f16". Throws RuleError.
CreatedTensor compile_value(std::string_view text, const Names& names);
/// The number of elements. Throws RuleError D15 when there are too many to be counted.
std::int64_t count_elements(const std::vector<std::int64_t>& shape);
/// Sides of "(h p d) ... -> (p h d) ...". Throws RuleError E01.
std::pair<AxisGroups, AxisGroups> parse_rearrangement(std::string_view text);

}  // namespace ckpt::match
