#include "ckpt/render/json.hpp"
#include "ckpt/model/describe.hpp"
#include "commands/copy/report.hpp"

namespace ckpt::commands {

namespace {

using match::Named;
using match::Pair;

constexpr std::size_t flush_bytes = 1 << 16;

template <class Number>
void write_numbers(render::JsonWriter& json, const std::vector<Number>& numbers) {
  json.begin_array();
  for (const Number number : numbers) json.value(number);
  json.end_array();
}

void write_side(render::JsonWriter& json, std::string_view side, const Checkpoint& checkpoint) {
  json.key(side);
  json.begin_object();
  json.member("file", checkpoint.path.string());
  json.member("root", path_text(checkpoint.tree(), checkpoint.root.path));
  json.end_object();
}

void write_origins(render::JsonWriter& json, const std::vector<std::string>& origins) {
  json.key("origins");
  json.begin_array();
  for (const std::string& origin : origins) json.value(origin);
  json.end_array();
}

/// {"key": "fc.weight", "dtype": "float32", "shape": [4, 3]}; other values have a type instead.
void write_entry(render::JsonWriter& json, const Checkpoint& checkpoint, const Named& entry) {
  json.member("key", entry.name);
  if (entry.tensor) {
    json.member("dtype", model::row_of(entry.tensor->dtype).name);
    json.key("shape");
    write_numbers(json, entry.tensor->layout.shape);
  } else {
    json.member("type", type_text(checkpoint.tree(), entry.node));
  }
}

/// With rules, also the keys in the file that the key was made from.
void write_source(render::JsonWriter& json, const CopyReport& report, std::size_t index) {
  json.begin_object();
  write_entry(json, report.source, report.plan.sources[index]);
  if (report.plan.has_rules) write_origins(json, report.plan.origins[index]);
  json.end_object();
}

void write_target(render::JsonWriter& json, const CopyReport& report, std::size_t index) {
  json.begin_object();
  write_entry(json, report.target, report.plan.targets[index]);
  json.end_object();
}

void write_pair(render::JsonWriter& json, const CopyReport& report, const Pair& pair) {
  json.begin_object();
  json.key("source");
  write_source(json, report, pair.source);
  json.key("target");
  write_target(json, report, pair.target);
  if (is_mismatch(pair.fit)) {
    json.member("reason", reason_of(pair.fit));
  } else {
    json.member("how", word_of(pair.fit));
    json.member("kind", report.plan.target_of(pair).is_buffer() ? "buffer" : "parameter");
  }
  json.key("axes");
  write_numbers(json, pair.axes);
  json.end_object();
}

enum class Which { copied, mismatched };

void write_pairs(render::JsonWriter& json, const CopyReport& report, Which which,
                 cli::Console& console) {
  json.key(which == Which::copied ? "copied" : "mismatched");
  json.begin_array();
  for (const Pair& pair : report.plan.pairing.pairs) {
    if (is_mismatch(pair.fit) != (which == Which::mismatched)) continue;
    write_pair(json, report, pair);
    if (json.pending_bytes() > flush_bytes) console.out(json.take_text());
  }
  json.end_array();
}

using WriteEntry = void (*)(render::JsonWriter&, const CopyReport&, std::size_t);

void write_entries(render::JsonWriter& json, std::string_view name, const CopyReport& report,
                   const std::vector<std::size_t>& indices, WriteEntry write) {
  json.key(name);
  json.begin_array();
  for (const std::size_t index : indices) write(json, report, index);
  json.end_array();
}

std::string_view treatment_text(optim::Treatment treatment) {
  switch (treatment) {
    case optim::Treatment::carry:
      return "carry";
    case optim::Treatment::drop:
      return "drop";
    case optim::Treatment::reset:
      return "reset";
    case optim::Treatment::keep:
      return "keep";
  }
  return "";
}

void write_optimizer(render::JsonWriter& json, const CopyReport& report) {
  json.key("optimizer");
  json.begin_object();
  json.member("treatment", treatment_text(report.treatment));
  json.member("carried", report.optimizer.taken);
  json.member("fresh", report.optimizer.fresh);
  json.key("remarks");
  json.begin_array();
  for (const std::string& remark : report.optimizer.remarks) json.value(remark);
  json.end_array();
  json.end_object();
}

}  // namespace

void print_copy_json(const CopyReport& report, cli::Console& console) {
  const CopyPlan& plan = report.plan;
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.copy/1");
  write_side(json, "source", report.source);
  write_side(json, "target", report.target);
  json.member("refused", report.is_refused);
  json.member("buffers", count_copied(plan).buffers);
  write_pairs(json, report, Which::copied, console);
  write_pairs(json, report, Which::mismatched, console);
  write_entries(json, "missing", report, plan.pairing.missing, write_target);
  write_entries(json, "unexpected", report, plan.pairing.unexpected, write_source);
  write_entries(json, "left_out", report, plan.left_out, write_target);
  write_entries(json, "kept", report, plan.pairing.defaulted, write_target);
  write_optimizer(json, report);
  json.end_object();
  console.out(json.take_text());
}

}  // namespace ckpt::commands
