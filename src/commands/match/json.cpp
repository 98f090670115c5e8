// `ckpt match --json`, schema ckpt.match/1.
#include "ckpt/render/json.hpp"
#include "ckpt/model/describe.hpp"
#include "commands/match/report.hpp"

namespace ckpt::commands {

namespace {

constexpr std::size_t flush_bytes = 1 << 16;

void write_side(render::JsonWriter& json, std::string_view name, const MatchedSide& side) {
  json.key(name);
  json.begin_object();
  json.member("file", side.checkpoint.path.string());
  json.member("root", path_text(side.checkpoint.tree(), side.checkpoint.root.path));
  json.member("tensors", side.tensors.size());
  json.end_object();
}

void write_keys(render::JsonWriter& json, std::string_view name, const MatchedSide& side,
                const std::vector<std::size_t>& keys) {
  json.key(name);
  json.begin_array();
  for (const std::size_t key : keys) json.value(side.tensors[key].key);
  json.end_array();
}

void write_rule(render::JsonWriter& json, const match::AlignRule& rule) {
  json.begin_object();
  json.member("from", rule.from);
  json.member("to", rule.to);
  json.member("ops", rule.ops);
  json.member("grade", match::grade_word(rule.grade));
  json.member("open", match::is_open(rule.grade));
  json.member("pairs", rule.pairs.size());
  json.key("alternatives");
  json.begin_array();
  for (const std::string& alternative : rule.alternatives) json.value(alternative);
  json.end_array();
  json.end_object();
}

void write_pair(render::JsonWriter& json, const MatchReport& report, const match::AlignPair& pair,
                std::size_t rule) {
  json.begin_object();
  write_keys(json, "a", report.a, pair.a.keys);
  write_keys(json, "b", report.b, pair.b.keys);
  json.member("grade", match::grade_word(pair.grade));
  json.member("open", match::is_open(pair.grade));
  json.member("ops", report.rules[rule].ops);
  json.member("rule", rule);
  write_keys(json, "alternatives", report.b, pair.alternatives);
  json.end_object();
}

/// For each pair, the index of its rule.
std::vector<std::size_t> rule_of_pair(const MatchReport& report) {
  std::vector<std::size_t> rules(report.alignment.pairs.size());
  for (std::size_t rule = 0; rule < report.rules.size(); ++rule)
    for (const std::size_t pair : report.rules[rule].pairs) rules[pair] = rule;
  return rules;
}

}  // namespace

void print_match_json(const MatchReport& report, cli::Console& console) {
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.match/1");
  write_side(json, "a", report.a);
  write_side(json, "b", report.b);
  json.member("open", report.open_count());
  json.key("rules");
  json.begin_array();
  for (const match::AlignRule& rule : report.rules) write_rule(json, rule);
  json.end_array();
  const std::vector<std::size_t> rules = rule_of_pair(report);
  json.key("pairs");
  json.begin_array();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    write_pair(json, report, report.alignment.pairs[i], rules[i]);
    if (json.pending_bytes() > flush_bytes) console.out(json.take_text());
  }
  json.end_array();
  write_keys(json, "only_a", report.a, report.alignment.only_a);
  write_keys(json, "only_b", report.b, report.alignment.only_b);
  json.end_object();
  console.out(json.take_text());
}

}  // namespace ckpt::commands
