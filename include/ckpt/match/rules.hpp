// The rule language of `ckpt remap`, which says how the tensors of one model become those of
// another.
//
//   # timm ViT -> HF ViT
//   norm.*        -> vit.layernorm.*                       one segment, copied
//   [blocks.{i}. -> vit.encoder.layer.{i}.]                prefixes for the following lines
//   norm{1,2}.*   -> layernorm_{before,after}.*            lists pair up, word by word
//   attn.qkv.*    -> attention.{query,key,value}.* | split(0)
//
// A RuleSet is the parsed text with headers expanded. make_plan() (rule_plan.hpp) tells what it
// does to the keys of a checkpoint; rule_checks.hpp checks it and computes its inverse.
//
//   RuleSet rules = parse_rules(text);
//   Plan plan = make_plan(rules, {.values = {{"head_dim", "128"}}}, keys);
//   throw_first_error(plan.problems);
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/base/error.hpp"

namespace ckpt::match {

enum class Severity : std::uint8_t { error, warning, note };

/// A fault in rules or in what they do to keys, or a note about them.
///
/// code    E01 to E07 the rules themselves, W08 and W09 their overlap, N10 their inverse,
///         D11 to D18 what they do to the given keys
struct Problem {
  std::string_view code;  ///< "D11"
  Severity severity = Severity::error;
  std::string place = {};              ///< "line 4", "rule 2" of the JSON form, or ""
  std::vector<std::string> keys = {};  ///< the keys concerned, if any
  std::string message = {};
  std::string hint = {};
};

/// The problem as an exception: "line 4: E01: expected SRC -> DST", with its hint.
Error to_error(const Problem& problem);
bool has_errors(const std::vector<Problem>& problems);
/// Throws the first error in `problems`; returns when there is none.
void throw_first_error(const std::vector<Problem>& problems);

/// A part of a template: literal text, or a placeholder.
struct TemplateItem {
  enum class Kind : std::uint8_t {
    literal,
    star,         ///< *
    double_star,  ///< **
    list,         ///< {a,b} or {x:a,b}
    range,        ///< {0..3} or {x:0..n-1}
    number,       ///< {i}, {n-1-i}
  };
  Kind kind = Kind::literal;
  std::string text = {};                ///< of a literal, unescaped; the expression of a number
  std::string name = {};                ///< of a list or range; "" when it has none
  std::vector<std::string> words = {};  ///< of a list; the two bounds of a range
};

/// A pattern for a family of keys.
using Template = std::vector<TemplateItem>;

/// An operation as it is written: split(0, [4, 2]), rearrange("...", h=heads).
struct OpCall {
  std::string name = {};
  std::vector<std::string> args = {};
  std::vector<std::pair<std::string, std::string>> named = {};
};

enum class RuleKind : std::uint8_t { map, drop, create };

/// One line of a rule file.
struct Rule {
  RuleKind kind = RuleKind::map;
  std::size_t line = 0;
  bool is_optional = false;
  std::vector<Template> from = {};      ///< of map and drop
  std::vector<Template> to = {};        ///< of map and create
  std::vector<OpCall> ops = {};         ///< of map
  std::string value = {};               ///< of create, and of a drop whose inverse creates the key
                                        ///< again
  std::optional<Template> anchor = {};  ///< of create: one output for each key that matches
};

enum class DeclarationKind : std::uint8_t { param, let };

struct Declaration {
  DeclarationKind kind = DeclarationKind::param;
  std::size_t line = 0;
  std::string name = {};
  std::string expression = {};  ///< "" when the user must give a value
};

/// The parsed rules of a file, and what could not be parsed.
struct RuleSet {
  std::vector<Declaration> declarations = {};
  std::vector<Rule> rules = {};
  std::vector<Problem> problems = {};  ///< E01 for each line that could not be parsed
  std::string unit = "line";           ///< what `line` counts: "rule" in the JSON form
};

/// Parses the text form. Lines that cannot be parsed become problems of the result. `unit` is the
/// word for a line in messages.
RuleSet parse_rules(std::string_view text, std::string_view unit = "line");
/// Parses the JSON form: the same templates and operations in a structure of lists.
RuleSet parse_rules_json(std::string_view json);

/// The text form with headers expanded, one rule per line.
std::string to_text(const RuleSet& rules);
std::string to_json(const RuleSet& rules);
std::string to_text(const Rule& rule);
std::string to_text(const Template& key_template);
std::string to_text(const OpCall& op);

/// Values for the names that rules declare, as text.
struct Parameters {
  std::map<std::string, std::string> values = {};  ///< for `param` and `let`, from -D
  std::map<std::string, std::string> config = {};  ///< for `param`, when `values` has none
};

/// The numbers at the top level of a JSON object, such as a model's config.json. Throws
/// Error{malformed} when `json` is not an object.
std::map<std::string, std::string> numbers_of_json(std::string_view json);

}  // namespace ckpt::match
