#include "ckpt/match/key_list.hpp"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

using Json = nlohmann::ordered_json;

KeyFacts facts_of_entry(const Json& entry) {
  const auto text = [&](const char* name) {
    const auto found = entry.is_object() ? entry.find(name) : entry.end();
    if (found == entry.end() || !found->is_string())
      throw Error(ErrorKind::malformed, concat("a tensor without ", quote(name)),
                  "expected what ckpt ls --json prints");
    return found->get<std::string>();
  };
  KeyFacts facts{.key = text("key")};
  const auto dtype = model::find_dtype(text("dtype"));
  if (!dtype) throw Error(ErrorKind::malformed, concat("unknown dtype ", quote(text("dtype"))));
  facts.dtype = *dtype;
  const auto shape = entry.find("shape");
  if (shape == entry.end() || !shape->is_array())
    throw Error(ErrorKind::malformed, concat(quote(facts.key), " has no shape"));
  for (const Json& size : *shape) {
    const bool is_size =
        size.is_number_unsigned() && std::in_range<std::int64_t>(size.get<std::uint64_t>());
    if (!is_size) throw Error(ErrorKind::malformed, concat("the shape of ", quote(facts.key)));
    facts.shape.push_back(size.get<std::int64_t>());
  }
  return facts;
}

KeyList parse_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto tensors = json.is_object() ? json.find("tensors") : json.end();
  if (!json.is_object() || tensors == json.end() || !tensors->is_array())
    throw Error(ErrorKind::malformed, "expected a JSON object with a list \"tensors\"",
                "ckpt ls --json prints one");
  KeyList list{.has_shapes = true};
  for (const Json& entry : *tensors) list.keys.push_back(facts_of_entry(entry));
  return list;
}

KeyList parse_lines(std::string_view text) {
  KeyList list;
  for (const std::string_view line : split(text, '\n'))
    if (const std::string_view key = trimmed(line); !key.empty())
      list.keys.push_back({.key = std::string(key)});
  return list;
}

bool names_its_axis(const OpCall& op, const RuleSet& rules) {
  return !op.args.empty() && is_identifier(op.args.front()) &&
         std::ranges::find(rules.declarations, op.args.front(), &Declaration::name) ==
             rules.declarations.end();
}

/// The operation without dimension and sizes; nothing for an operation that does not change names.
std::optional<OpCall> without_dimension(const OpCall& op, const RuleSet& rules) {
  const bool is_join = op.name == "cat" || op.name == "stack" || op.name == "same";
  const bool is_split = op.name == "split" || op.name == "unstack" || op.name == "copy";
  if (!is_join && !is_split) return std::nullopt;
  OpCall plain{.name = is_join ? "same" : "copy", .named = op.named};
  if (names_its_axis(op, rules)) plain.args = {op.args.front()};
  // The number of parts depends on the size of a dimension: one part stands for all.
  if (op.name == "unstack") plain.named = {{"n", "1"}};
  return plain;
}

}  // namespace

KeyList parse_key_list(std::string_view text) {
  KeyList list = trimmed(text).starts_with('{') ? parse_json(text) : parse_lines(text);
  std::unordered_set<std::string_view> known;
  for (const KeyFacts& facts : list.keys)
    if (!known.insert(facts.key).second)
      throw Error(ErrorKind::malformed, concat("the key ", quote(facts.key), " is there twice"));
  return list;
}

RuleSet without_shapes(RuleSet rules) {
  for (Rule& rule : rules.rules) {
    std::vector<OpCall> ops;
    for (const OpCall& op : rule.ops)
      if (auto plain = without_dimension(op, rules)) ops.push_back(std::move(*plain));
    rule.ops = std::move(ops);
  }
  for (Declaration& declaration : rules.declarations)
    if (declaration.expression.find("dim(") != std::string::npos) declaration.expression = "9";
  return rules;
}

}  // namespace ckpt::match
