#include "commands/diff/json.hpp"

#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/render/json.hpp"
#include "ckpt/tensor/elements.hpp"
#include "commands/shared/value_json.hpp"

namespace ckpt::commands {

namespace {

constexpr std::size_t flush_bytes = 1 << 16;

void write_numbers(render::JsonWriter& json, const std::vector<std::int64_t>& numbers) {
  json.begin_array();
  for (const std::int64_t number : numbers) json.value(number);
  json.end_array();
}

void write_file(render::JsonWriter& json, std::string_view name, const ComparedFile& file) {
  json.key(name);
  json.begin_object();
  json.member("file", file.side.file);
  json.member("root", path_text(file.side.tree, file.side.root.path));
  json.end_object();
}

void write_counts(render::JsonWriter& json, std::string_view name, const diff::Counts& counts) {
  json.key(name);
  json.begin_object();
  json.member("same", counts.same);
  json.member("within_tolerance", counts.within_tolerance);
  json.member("changed", counts.changed);
  json.member("added", counts.added);
  json.member("removed", counts.removed);
  json.member("renamed", counts.renamed);
  json.end_object();
}

void write_leaf(render::JsonWriter& json, std::string_view name, const diff::Side& side,
                const std::vector<diff::Leaf>& leaves, std::optional<std::size_t> index) {
  json.key(name);
  if (!index) return json.null();
  const diff::Leaf& leaf = leaves[*index];
  json.begin_object();
  json.member("path", side.names.text(leaf.shown));
  if (leaf.parameter != diff::no_text) json.member("parameter", side.names.text(leaf.parameter));
  if (leaf.is_tensor) {
    const model::Tensor& tensor = side.tree.tensor(leaf.node);
    json.member("dtype", model::row_of(tensor.dtype).name);
    json.member("form", form_name(tensor.form));
    json.key("shape");
    write_numbers(json, tensor.layout.shape);
  } else {
    json.member("type", type_text(side.tree, leaf.node));
    json.key("value");
    write_leaf_json(side.tree, leaf.node, json);
  }
  json.end_object();
}

void write_first(render::JsonWriter& json, const DiffReport& report,
                 const diff::Difference& difference) {
  json.key("first");
  if (!difference.comparison->first) return json.null();
  const tensor::ElementPair& first = *difference.comparison->first;
  const model::Tensor& a = tensor_a(report, difference);
  json.begin_object();
  json.key("index");
  write_numbers(json, index_of_element(a.layout.shape, first.index));
  json.member("a", tensor::element_text(a.dtype, first.a));
  json.member("b", tensor::element_text(tensor_b(report, difference).dtype, first.b));
  json.end_object();
}

void write_figures(render::JsonWriter& json, const DiffReport& report,
                   const diff::Difference& difference) {
  const tensor::Comparison& comparison = *difference.comparison;
  json.member("elements", comparison.element_count);
  json.member("changed", comparison.changed_count);
  json.member("beyond_tolerance", comparison.beyond_count);
  json.member("zero_signs", comparison.zero_sign_count);
  json.member("new_nan", comparison.new_nan_count);
  json.member("new_inf", comparison.new_inf_count);
  write_first(json, report, difference);
  if (!comparison.is_numeric) return;
  json.member("max_abs", comparison.max_abs);
  json.key("max_abs_index");
  write_numbers(
      json, index_of_element(tensor_a(report, difference).layout.shape, comparison.max_abs_index));
  json.member("mean_abs", comparison.mean_abs);
  json.member("max_relative", comparison.max_relative);
  json.member("rms", comparison.rms);
  json.member("relative_norm", comparison.relative_norm);
  json.member("cosine", comparison.cosine);
}

void write_difference(render::JsonWriter& json, const DiffReport& report,
                      const diff::Difference& difference) {
  json.begin_object();
  json.member("change", change_name(difference.change));
  json.member("area", area_name(difference.area));
  json.member("name", report.a.side.names.text(leaf_of(report, difference).name));
  json.member("is_tensor", difference.is_tensor);
  write_leaf(json, "a", report.a.side, report.result.leaves_a, difference.a);
  write_leaf(json, "b", report.b.side, report.result.leaves_b, difference.b);
  if (difference.comparison) write_figures(json, report, difference);
  json.end_object();
}

void write_optimizers(render::JsonWriter& json, const DiffReport& report) {
  json.key("optimizers");
  json.begin_array();
  for (const diff::OptimizerMatch& match : report.optimizers) {
    json.begin_object();
    json.member("a", match.a);
    json.member("b", match.b);
    json.member("matched_by", match.is_by_name ? "name" : "position");
    json.member("level", optim::level_text(match.level));
    json.member("rule", match.rule);
    json.end_object();
  }
  json.end_array();
}

void write_container(render::JsonWriter& json, const DiffReport& report) {
  json.key("container");
  json.begin_array();
  for (const ContainerDifference& difference : report.container) {
    json.begin_object();
    json.member("what", difference.what);
    json.member("a", difference.a);
    json.member("b", difference.b);
    json.end_object();
  }
  json.end_array();
}

void write_hint(render::JsonWriter& json, const DiffReport& report) {
  json.key("hint");
  if (!report.hint) return json.null();
  json.begin_object();
  json.member("option", match::option_text(*report.hint));
  json.member("matching", report.hint->matching_count);
  json.member("tensors", report.hint->tensor_count);
  json.end_object();
}

}  // namespace

void print_diff_json(const DiffReport& report, cli::Console& console) {
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.diff/1");
  write_file(json, "a", report.a);
  write_file(json, "b", report.b);
  json.member("same", report.is_same());
  json.key("tolerance");
  json.begin_object();
  json.member("atol", report.tolerance.absolute);
  json.member("rtol", report.tolerance.relative);
  json.member("ulp", report.tolerance.ulp);
  json.end_object();
  write_optimizers(json, report);
  write_counts(json, "tensors", report.result.tensors);
  write_counts(json, "values", report.result.values);
  write_hint(json, report);
  write_container(json, report);
  json.key("differences");
  json.begin_array();
  for (const diff::Difference& difference : report.result.differences) {
    write_difference(json, report, difference);
    if (json.pending_bytes() > flush_bytes) console.out(json.take_text());
  }
  json.end_array();
  json.end_object();
  console.out(json.take_text());
}

}  // namespace ckpt::commands
