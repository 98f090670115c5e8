#include "ckpt/render/json.hpp"
#include "commands/check/output.hpp"

namespace ckpt::commands {

namespace {

using render::JsonWriter;

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_problems(JsonWriter& json, const formats::Checked& checked) {
  json.key("problems");
  json.begin_array();
  for (const formats::Problem& problem : checked.problems) {
    json.begin_object();
    json.member("record", problem.record);
    json.member("what", problem.what);
    write_texts(json, "tensors", problem.tensors);
    json.end_object();
  }
  json.end_array();
}

void write_safety(JsonWriter& json, const formats::Checked& checked) {
  const torch::Safety& safety = checked.safety;
  json.key("safe");
  if (safety.is_safe() && !checked.is_packed && !checked.is_understood)
    json.null();
  else
    json.value(safety.is_safe() && !checked.is_packed);
  json.key("globals");
  json.begin_array();
  for (const torch::Callable& callable : safety.callables) {
    json.begin_object();
    json.member("name", callable.name);
    json.member("written", callable.written.empty() ? callable.name : callable.written);
    json.member("place", callable.place);
    json.member("offset", callable.offset);
    json.member("calls", callable.calls);
    json.member("allowed", callable.is_allowed);
    if (!callable.example.empty()) json.member("example", callable.example);
    json.end_object();
  }
  json.end_array();
  json.key("tricks");
  json.begin_array();
  for (const torch::Trick& trick : safety.tricks) {
    json.begin_object();
    json.member("place", trick.place);
    json.member("offset", trick.offset);
    json.member("what", trick.what);
    json.end_object();
  }
  json.end_array();
}

void write_loading(JsonWriter& json, const formats::Loading& loading) {
  json.key("loading");
  if (!loading.is_known) return json.null();
  json.begin_object();
  json.member("weights_only", loading.weights_only_refusal.empty());
  json.member("refusal", loading.weights_only_refusal);
  json.member("since", loading.since);
  json.member("mmap", loading.mmap_refusal.empty());
  write_texts(json, "devices", loading.devices);
  json.end_object();
}

void write_oddities(JsonWriter& json, const FileReport& report) {
  json.key("finite");
  if (!report.has_finite_check) return json.null();
  json.value(report.is_finite());
  json.key("tensors_not_finite");
  json.begin_array();
  for (const Oddity& oddity : report.oddities) {
    if (oddity.is_finite()) continue;
    json.begin_object();
    json.member("path", oddity.path);
    json.member("elements", oddity.element_count);
    json.member("nan", oddity.nan_count);
    json.member("inf", oddity.infinity_count);
    json.member("first_index", oddity.first_index);
    json.end_object();
  }
  json.end_array();
  json.key("tensors_constant");
  json.begin_array();
  for (const Oddity& oddity : report.oddities)
    if (oddity.is_finite()) json.value(oddity.path);
  json.end_array();
}

void write_file(JsonWriter& json, const FileReport& report) {
  json.begin_object();
  json.member("file", report.path.string());
  json.member("verdict", report.verdict());
  if (report.error) {
    json.member("error", report.error->message());
    return json.end_object();
  }
  if (report.tensors_error) json.member("error", report.tensors_error->message());
  json.member("kind", report.checked.kind_name);
  json.member("description", report.checked.description);
  json.member("bytes", report.checked.file_bytes);
  json.member("looked_at", report.looked_at());
  json.key("tensors");
  if (report.tensor_count)
    json.value(*report.tensor_count);
  else
    json.null();
  write_problems(json, report.checked);
  write_safety(json, report.checked);
  write_loading(json, report.checked.loading);
  write_oddities(json, report);
  write_texts(json, "remarks", report.checked.remarks);
  json.end_object();
}

}  // namespace

std::string to_json(std::span<const FileReport> reports) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.check/1");
  json.key("files");
  json.begin_array();
  for (const FileReport& report : reports) write_file(json, report);
  json.end_array();
  json.end_object();
  return json.take_text();
}

}  // namespace ckpt::commands
