#include "commands/diff/words.hpp"

#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "commands/shared/number_text.hpp"

namespace ckpt::commands {

namespace {

using diff::Change;
using diff::Difference;

std::string_view dtype_of(const model::Tensor& tensor) {
  return model::row_of(tensor.dtype).short_name;
}

std::string tensor_words(const model::Tensor& tensor) {
  return concat(dtype_of(tensor), ' ', shape_cell(tensor));
}

std::string words_of(const model::Tree& tree, const diff::Leaf& leaf) {
  if (leaf.is_tensor) return tensor_words(tree.tensor(leaf.node));
  std::string value = value_text(tree, leaf.node);
  return value.empty() ? type_text(tree, leaf.node) : value;
}

std::string type_words(const model::Tree& tree, const diff::Leaf& leaf) {
  if (leaf.is_tensor) return tensor_words(tree.tensor(leaf.node));
  const std::string type = type_text(tree, leaf.node);
  const std::string value = value_text(tree, leaf.node);
  return value.empty() || value == type ? type : concat(type, ' ', value);
}

std::string notes_of(const tensor::Comparison& comparison) {
  std::string notes;
  const auto add = [&](std::uint64_t count, std::string_view words) {
    if (count > 0) notes += concat(", ", count, ' ', words);
  };
  add(comparison.new_nan_count, "new NaN");
  add(comparison.new_inf_count, "new Inf");
  add(comparison.zero_sign_count, "signs of 0");
  return notes;
}

std::string place_text(const model::Tensor& tensor, std::uint64_t element) {
  const std::string index = element_text(tensor, element);
  return index.empty() ? index : concat(" at ", index);
}

}  // namespace

std::string element_text(const model::Tensor& tensor, std::uint64_t element) {
  std::string text;
  for (const std::int64_t index : index_of_element(tensor.layout.shape, element))
    text += concat(text.empty() ? "[" : ",", index);
  return text.empty() ? text : text + "]";
}

std::string what_cell(const DiffReport& report, const Difference& difference) {
  const auto of_a = [&]() -> const diff::Leaf& { return report.result.leaves_a[*difference.a]; };
  const auto of_b = [&]() -> const diff::Leaf& { return report.result.leaves_b[*difference.b]; };
  switch (difference.change) {
    case Change::removed:
      return words_of(report.a.side.tree, of_a());
    case Change::added:
      return words_of(report.b.side.tree, of_b());
    case Change::renamed:
    case Change::values:
      return words_of(report.a.side.tree, of_a());
    case Change::shape:
      return concat(tensor_words(tensor_a(report, difference)), " => ",
                    shape_cell(tensor_b(report, difference)));
    case Change::dtype:
      return concat(dtype_of(tensor_a(report, difference)), " => ",
                    dtype_of(tensor_b(report, difference)), ' ',
                    shape_cell(tensor_a(report, difference)));
    case Change::type:
      return concat(type_words(report.a.side.tree, of_a()), " => ",
                    type_words(report.b.side.tree, of_b()));
    case Change::value:
      return concat(words_of(report.a.side.tree, of_a()), " => ",
                    words_of(report.b.side.tree, of_b()));
  }
  return {};
}

std::array<std::string, 3> figure_cells(const DiffReport& report, const Difference& difference) {
  if (!difference.comparison) return {};
  const tensor::Comparison& comparison = *difference.comparison;
  const std::string changed =
      concat(comparison.changed_count, " of ", comparison.element_count, " (",
             share_text(comparison.changed_count, comparison.element_count), ")");
  if (!comparison.is_numeric) return {changed, {}, {}};
  const std::string largest = concat(
      "max ", short_number(comparison.max_abs),
      comparison.max_abs > 0 ? place_text(tensor_a(report, difference), comparison.max_abs_index)
                             : "");
  return {changed, largest,
          concat("relative ", short_number(comparison.relative_norm), notes_of(comparison))};
}

}  // namespace ckpt::commands
