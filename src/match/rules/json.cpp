// The JSON form of rules. The lists are JSON; the templates and operations in them are texts as in
// the text form.
//
//   {"remap": 1,
//    "params": [{"kind": "param", "name": "head_dim"}],
//    "rules": [{"from": ["a.{q,k}"], "to": ["b.{q,k}"], "ops": ["rope_pair(head_dim)"]},
//              {"drop": ["**.inv_freq"], "optional": true},
//              {"new": ["head.bias"], "value": "zeros(10)", "for": "fc.weight"}]}
#include <algorithm>
#include <array>
#include <span>

#include <nlohmann/json.hpp>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rules.hpp"
#include "match/rules/error.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

using Json = nlohmann::ordered_json;

/// `code` is put in front of messages: "E01: " or nothing.
Json parse_object(std::string_view text, std::string_view code) {
  try {
    Json json = Json::parse(text);
    if (json.is_object()) return json;
  } catch (const Json::parse_error& error) {
    const std::string_view before = text.substr(0, error.byte > 0 ? error.byte - 1 : 0);
    throw Error(ErrorKind::malformed, concat("line ", 1 + std::ranges::count(before, '\n'), ": ",
                                             code, "this is no valid JSON"));
  } catch (const Json::out_of_range&) {
    throw Error(ErrorKind::malformed, concat(code, "a number in this JSON is beyond a double"));
  }
  throw Error(ErrorKind::malformed, concat(code, "expected a JSON object"));
}

std::string string_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string())
    throw RuleError("E01", concat("expected a string ", quote(name)));
  return found->get<std::string>();
}

std::vector<std::string> strings_in(const Json& object, const char* name) {
  std::vector<std::string> strings;
  const Json& list = object.at(name);
  if (list.is_string()) return {list.get<std::string>()};
  if (!list.is_array()) throw RuleError("E01", concat(quote(name), ": expected a list of strings"));
  for (const Json& entry : list) {
    if (!entry.is_string())
      throw RuleError("E01", concat(quote(name), ": expected a list of strings"));
    strings.push_back(entry.get<std::string>());
  }
  if (strings.empty()) throw RuleError("E01", concat(quote(name), ": the list is empty"));
  return strings;
}

std::vector<Template> templates_in(const Json& object, const char* name) {
  std::vector<Template> templates;
  for (const std::string& text : strings_in(object, name))
    templates.push_back(parse_template(text));
  return templates;
}

bool flag_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return false;
  if (!found->is_boolean()) throw RuleError("E01", concat(quote(name), ": expected true or false"));
  return found->get<bool>();
}

void refuse_unknown_names(const Json& object, std::span<const std::string_view> known) {
  for (const auto& [name, value] : object.items())
    if (std::ranges::find(known, name) == known.end())
      throw RuleError("E01", concat("unknown entry ", quote(name)),
                      concat("known are ", join({known.begin(), known.end()}, ", ")));
}

Rule rule_of(const Json& object, std::size_t number) {
  constexpr std::array<std::string_view, 8> known{"from", "to",    "ops", "drop",
                                                  "new",  "value", "for", "optional"};
  if (!object.is_object()) throw RuleError("E01", "expected an object");
  refuse_unknown_names(object, known);
  Rule rule{.line = number, .is_optional = flag_in(object, "optional")};
  if (object.contains("value")) rule.value = string_in(object, "value");
  if (object.contains("for")) rule.anchor = parse_template(string_in(object, "for"));
  if (object.contains("drop")) {
    rule.kind = RuleKind::drop;
    rule.from = templates_in(object, "drop");
  } else if (object.contains("new")) {
    rule.kind = RuleKind::create;
    rule.to = templates_in(object, "new");
    if (rule.value.empty()) throw RuleError("E01", "new KEY needs a value, such as zeros(8)");
  } else if (object.contains("from") && object.contains("to")) {
    rule.from = templates_in(object, "from");
    rule.to = templates_in(object, "to");
    if (object.contains("ops"))
      for (const std::string& op : strings_in(object, "ops")) rule.ops.push_back(parse_op(op));
  } else {
    throw RuleError("E01", "expected \"from\" and \"to\", \"drop\" or \"new\"");
  }
  return rule;
}

Declaration declaration_of(const Json& object, std::size_t number) {
  if (!object.is_object()) throw RuleError("E01", "expected an object");
  Declaration declaration{.line = number, .name = string_in(object, "name")};
  const std::string kind = string_in(object, "kind");
  if (kind != "param" && kind != "let")
    throw RuleError("E01", concat("expected \"param\" or \"let\", got ", quote(kind)));
  if (!is_identifier(declaration.name))
    throw RuleError("E01", concat("expected a name, got ", quote(declaration.name)));
  declaration.kind = kind == "let" ? DeclarationKind::let : DeclarationKind::param;
  if (const auto value = object.find("value"); value != object.end())
    declaration.expression = value->is_string() ? value->get<std::string>() : value->dump();
  return declaration;
}

/// Calls `read` for each entry of the list `name` and records its errors as problems.
template <class Read>
void read_list(const Json& json, const char* name, std::string_view unit,
               std::vector<Problem>& problems, Read read) {
  const auto list = json.find(name);
  if (list == json.end()) return;
  if (!list->is_array())
    return problems.push_back({.code = "E01", .message = concat(quote(name), ": expected a list")});
  std::size_t number = 0;
  for (const Json& entry : *list) {
    ++number;
    try {
      read(entry, number);
    } catch (const RuleError& error) {
      problems.push_back(error.problem_at(concat(unit, " ", number)));
    }
  }
}

Json texts_of(const std::vector<Template>& templates) {
  Json list = Json::array();
  for (const Template& key_template : templates) list.push_back(to_text(key_template));
  return list;
}

Json json_of(const Rule& rule) {
  Json json = Json::object();
  if (rule.is_optional) json["optional"] = true;
  if (rule.kind == RuleKind::map) {
    json["from"] = texts_of(rule.from);
    json["to"] = texts_of(rule.to);
    for (const OpCall& op : rule.ops) json["ops"].push_back(to_text(op));
    return json;
  }
  json[rule.kind == RuleKind::drop ? "drop" : "new"] =
      texts_of(rule.kind == RuleKind::drop ? rule.from : rule.to);
  if (rule.anchor) json["for"] = to_text(*rule.anchor);
  if (!rule.value.empty()) json["value"] = rule.value;
  return json;
}

}  // namespace

RuleSet parse_rules_json(std::string_view text) {
  RuleSet rules{.unit = "rule"};
  const Json json = parse_object(text, "E01: ");
  if (!json.contains("remap") || json.at("remap") != 1)
    throw Error(ErrorKind::malformed, "E01: expected \"remap\": 1, the version of the language");
  read_list(json, "params", "param", rules.problems, [&](const Json& entry, std::size_t number) {
    Declaration declaration = declaration_of(entry, number);
    for (const Declaration& other : rules.declarations)
      if (other.name == declaration.name)
        throw RuleError("E01",
                        concat(other.name, " is declared by param ", other.line, " already"));
    rules.declarations.push_back(std::move(declaration));
  });
  read_list(json, "rules", "rule", rules.problems, [&](const Json& entry, std::size_t number) {
    rules.rules.push_back(rule_of(entry, number));
  });
  return rules;
}

std::string to_json(const RuleSet& rules) {
  Json json{{"remap", 1}, {"params", Json::array()}, {"rules", Json::array()}};
  for (const Declaration& declaration : rules.declarations) {
    Json entry{{"kind", declaration.kind == DeclarationKind::param ? "param" : "let"},
               {"name", declaration.name}};
    if (!declaration.expression.empty()) entry["value"] = declaration.expression;
    json["params"].push_back(std::move(entry));
  }
  for (const Rule& rule : rules.rules) json["rules"].push_back(json_of(rule));
  return concat(json.dump(1, ' ', false, Json::error_handler_t::replace), "\n");
}

std::map<std::string, std::string> numbers_of_json(std::string_view text) {
  std::map<std::string, std::string> numbers;
  const Json json = parse_object(text, "");
  for (const auto& [name, value] : json.items())
    if (value.is_number()) numbers[name] = value.dump();
  return numbers;
}

}  // namespace ckpt::match
