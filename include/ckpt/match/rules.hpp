// The rule language of `ckpt remap`: how the tensors of one model become those of another.
//
//   # timm ViT -> HF ViT
//   norm.*        -> vit.layernorm.*                       one segment, copied
//   [blocks.{i}. -> vit.encoder.layer.{i}.]                prefixes for the lines that follow
//   norm{1,2}.*   -> layernorm_{before,after}.*            lists pair up, word by word
//   attn.qkv.*    -> attention.{query,key,value}.* | split(0)
//
// A rule set is what is written, headers expanded. What it does to the keys of a checkpoint is told
// by make_plan() (rule_plan.hpp); whether it is sound and what its inverse is, by rule_checks.hpp.
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

/// Something that is wrong, or worth to know, about rules or about what they do to keys.
///
/// code    E01..E07 the rules themselves, W08 W09 their overlap, N10 their inverse, D11..D18 what
///         they do to the keys at hand
struct Problem {
  std::string_view code;  ///< "D11"
  Severity severity = Severity::error;
  std::string place = {};              ///< "line 4", "rule 2" of the JSON form, or ""
  std::vector<std::string> keys = {};  ///< the keys it is about, if any
  std::string message = {};
  std::string hint = {};
};

/// "line 4: E01: expected SRC -> DST", with its hint.
Error to_error(const Problem& problem);
bool has_errors(const std::vector<Problem>& problems);
/// Throws the first error among `problems`, if there is one.
void throw_first_error(const std::vector<Problem>& problems);

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
  std::string name = {};                ///< of a list or range; "" without one
  std::vector<std::string> words = {};  ///< of a list; the two expressions of a range
};

/// A family of keys.
using Template = std::vector<TemplateItem>;

/// One operation on tensors as it is written: split(0, [4, 2]), rearrange("...", h=heads).
struct OpCall {
  std::string name = {};
  std::vector<std::string> args = {};
  std::vector<std::pair<std::string, std::string>> named = {};
};

enum class RuleKind : std::uint8_t { map, drop, create };

struct Rule {
  RuleKind kind = RuleKind::map;
  std::size_t line = 0;
  bool is_optional = false;
  std::vector<Template> from = {};      ///< of map and drop
  std::vector<Template> to = {};        ///< of map and create
  std::vector<OpCall> ops = {};         ///< of map
  std::string value = {};               ///< of create; of a drop whose inverse creates it again
  std::optional<Template> anchor = {};  ///< of create: once for each key that matches
};

enum class DeclarationKind : std::uint8_t { param, let };

struct Declaration {
  DeclarationKind kind = DeclarationKind::param;
  std::size_t line = 0;
  std::string name = {};
  std::string expression = {};  ///< "" when the value must be given
};

struct RuleSet {
  std::vector<Declaration> declarations = {};
  std::vector<Rule> rules = {};
  std::vector<Problem> problems = {};  ///< E01 of lines that could not be read
  std::string unit = "line";           ///< what `line` counts: "rule" in the JSON form
};

/// Reads the text form. Lines that cannot be read are among the problems of the result; `unit` is
/// what messages call a line.
RuleSet parse_rules(std::string_view text, std::string_view unit = "line");
/// Reads the JSON form: the same templates and operations in a structure of lists.
RuleSet parse_rules_json(std::string_view json);

/// The text form, headers expanded, one rule a line.
std::string to_text(const RuleSet& rules);
std::string to_json(const RuleSet& rules);
std::string to_text(const Rule& rule);
std::string to_text(const Template& key_template);
std::string to_text(const OpCall& op);

/// Values for the names that rules declare, as they are written on the command line.
struct Parameters {
  std::map<std::string, std::string> values = {};  ///< for `param` and `let`: -D
  std::map<std::string, std::string> config = {};  ///< for `param`, where `values` has none
};

/// The numbers at the top of a JSON object, such as a model's config.json.
/// Throws Error{malformed} when `json` is no object.
std::map<std::string, std::string> numbers_of_json(std::string_view json);

}  // namespace ckpt::match
