#include "commands/match_json.hpp"

#include "ckpt/render/json.hpp"
#include "commands/ls_table.hpp"
#include "commands/describe.hpp"

namespace ckpt::commands {

namespace {

void write_keys(render::JsonWriter& json, std::string_view name, const MatchedSide& side,
                const std::vector<std::size_t>& keys) {
  json.key(name);
  json.begin_array();
  for (const std::size_t key : keys) json.value(side.tensors[key].key);
  json.end_array();
}

}  // namespace

void print_match_json(const MatchReport& report, cli::Console& console) {
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.match/1");
  json.key("pairs");
  json.begin_array();
  for (const match::AlignPair& pair : report.alignment.pairs) {
    json.begin_object();
    write_keys(json, "a", report.a, pair.a.keys);
    write_keys(json, "b", report.b, pair.b.keys);
    json.member("grade", match::grade_word(pair.grade));
    json.member("open", match::is_open(pair.grade));
    write_keys(json, "alternatives", report.b, pair.alternatives);
    json.end_object();
  }
  json.end_array();
  write_keys(json, "only_a", report.a, report.alignment.only_a);
  write_keys(json, "only_b", report.b, report.alignment.only_b);
  json.end_object();
  console.out(json.take_text());
}

}  // namespace ckpt::commands
