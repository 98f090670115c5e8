#include "commands/diff/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/render/table.hpp"
#include "ckpt/tensor/elements.hpp"
#include "commands/diff/words.hpp"

namespace ckpt::commands {

namespace {

using diff::Change;
using diff::Difference;

/// The number of lines with differences that leaves room for the summary on a screen of 24 lines.
constexpr std::size_t screen_rows = 16;

std::string_view style_of(const render::Palette& palette, Change change) {
  switch (change) {
    case Change::added:
      return palette.added;
    case Change::removed:
      return palette.removed;
    case Change::renamed:
      return palette.renamed;
    default:
      return palette.changed;
  }
}

std::string_view mark_of(Change change) {
  switch (change) {
    case Change::added:
      return "+";
    case Change::removed:
      return "-";
    case Change::renamed:
      return ">";
    default:
      return "~";
  }
}

/// Values in an optimizer are named by parameter, because ids mean nothing to people.
std::string called(const diff::Names& names, const diff::Leaf& leaf) {
  const std::string name = names.text(leaf.area == diff::Area::optimizer ? leaf.name : leaf.shown);
  return name.empty() ? "(top)" : name;
}

std::string name_cell(const DiffReport& report, const Difference& difference) {
  const diff::Names& names = report.a.side.names;
  const std::string shown = called(names, leaf_of(report, difference));
  if (difference.change != Change::renamed) return concat(mark_of(difference.change), ' ', shown);
  return concat("> ", shown, " => ", called(names, report.result.leaves_b[*difference.b]));
}

void add_row(render::Table& table, const DiffReport& report, const Difference& difference,
             const render::Palette& palette) {
  const std::array<std::string, 3> figures = figure_cells(report, difference);
  table.add_row({name_cell(report, difference), what_cell(report, difference), figures[0],
                 figures[1], figures[2]},
                style_of(palette, difference.change));
}

render::Table make_table() { return render::Table({{""}, {""}, {""}, {""}, {""}}); }

double size_of_change(const Difference& difference) {
  if (!difference.comparison) return 0;
  const double size = difference.comparison->relative_norm;
  const bool is_new_nan = difference.comparison->new_nan_count > 0;
  return is_new_nan ? std::numeric_limits<double>::infinity() : size;
}

/// The kinds of differences in the order of the screen. Changed tensors: those of the model first,
/// largest change first.
std::vector<std::vector<const Difference*>> by_kind(const DiffReport& report) {
  std::vector<std::vector<const Difference*>> kinds(diff::change_count);
  for (const Difference& difference : report.result.differences)
    kinds[static_cast<std::size_t>(difference.change)].push_back(&difference);
  std::ranges::stable_sort(
      kinds[static_cast<std::size_t>(Change::values)], std::less{},
      [](const Difference* d) { return std::pair(d->area, -size_of_change(*d)); });
  std::erase_if(kinds, [](const auto& kind) { return kind.empty(); });
  return kinds;
}

/// Each kind gets an equal share of the screen; what a kind does not need goes to the next.
void print_screenful(const DiffReport& report, cli::Console& console) {
  const std::vector<std::vector<const Difference*>> kinds = by_kind(report);
  render::Table table = make_table();
  std::size_t rows_left = screen_rows;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::size_t share = std::max<std::size_t>(rows_left / (kinds.size() - i), 1);
    const std::size_t shown = std::min(kinds[i].size(), share);
    for (std::size_t row = 0; row < shown; ++row)
      add_row(table, report, *kinds[i][row], console.palette());
    rows_left -= std::min(rows_left, shown);
    left_out += kinds[i].size() - shown;
  }
  console.out(to_text(table, console.escaping()));
  if (left_out > 0)
    console.out(
        concat("... and ", counted(left_out, "more difference"), " (--all lists them all)\n"));
}

std::string counts_text(const diff::Counts& counts, std::string_view what, Presence presence) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view word) {
    if (count == 0 && presence == Presence::if_any) return;
    text += concat(text.empty() ? "" : ", ", count, ' ', word);
  };
  add(counts.same, "same");
  add(counts.changed, "changed");
  if (counts.added > 0) add(counts.added, "added");
  if (counts.removed > 0) add(counts.removed, "removed");
  if (counts.renamed > 0) add(counts.renamed, "renamed");
  if (counts.within_tolerance > 0)
    text += concat(" (", counts.within_tolerance, " within the tolerance)");
  return text.empty() ? text : concat(what, ": ", text);
}

/// Reports inferred names; names that the file states or proves are shown with --verbose only.
void say_matching(const diff::OptimizerMatch& match, cli::Console& console) {
  const std::string by = match.is_by_name ? "name" : "position";
  const std::string line =
      concat(match.a.empty() ? "optimizer" : match.a, ": parameters matched by ", by, " (",
             optim::level_text(match.level), match.rule.empty() ? "" : ": ", match.rule, ")");
  if (match.is_by_name && match.level <= optim::Level::proved) return console.detail(line);
  console.say(line);
}

void print_container(const DiffReport& report, cli::Console& console) {
  render::Table table({{""}, {""}});
  for (const ContainerDifference& difference : report.container)
    table.add_row({concat("~ ", difference.what), concat(difference.a, " => ", difference.b)},
                  console.palette().changed);
  if (report.container.empty()) return;
  console.out("stored differently:\n");
  console.out(to_text(table, console.escaping()));
}

/// The name for the values beside the tensors: a plain state dict has only module versions.
std::string_view values_label(const diff::Result& result) {
  bool has_values = false;
  for (const auto* leaves : {&result.leaves_a, &result.leaves_b})
    for (const diff::Leaf& leaf : *leaves) {
      if (leaf.is_tensor || leaf.is_container) continue;
      if (leaf.area != diff::Area::metadata) return "other values";
      has_values = true;
    }
  return has_values ? "values of _metadata" : "other values";
}

void print_summary(const DiffReport& report, cli::Console& console) {
  const diff::Result& result = report.result;
  const std::string tensors = counts_text(result.tensors, "tensors", Presence::always);
  const std::string values = counts_text(result.values, values_label(result), Presence::if_any);
  print_container(report, console);
  console.out(concat(tensors, values.empty() ? "" : "; ", values, "\n"));
  for (const diff::OptimizerMatch& match : report.optimizers) say_matching(match, console);
}

}  // namespace

void print_diff(const DiffReport& report, Listed listed, cli::Console& console) {
  if (listed == Listed::screenful) {
    print_screenful(report, console);
  } else {
    render::Table table = make_table();
    for (const Difference& difference : report.result.differences)
      add_row(table, report, difference, console.palette());
    console.out(to_text(table, console.escaping()));
  }
  print_summary(report, console);
}

void print_diff_stat(const DiffReport& report, cli::Console& console) {
  const diff::Result& result = report.result;
  if (report.is_same()) return console.out("same\n");
  console.out(concat(
      "different: ", counts_text(result.tensors, "tensors", Presence::always), "; ",
      counts_text(result.values, values_label(result), Presence::always),
      report.container.empty() ? "" : concat("; stored differently: ", report.container.size()),
      "\n"));
}

void print_first_difference(const DiffReport& report, cli::Console& console) {
  if (report.result.differences.empty()) return print_container(report, console);
  const Difference& difference = report.result.differences.front();
  render::Table table = make_table();
  if (!difference.comparison || !difference.comparison->first) {
    add_row(table, report, difference, console.palette());
  } else {
    const tensor::ElementPair& first = *difference.comparison->first;
    const model::Tensor& a = tensor_a(report, difference);
    table.add_row({concat(name_cell(report, difference), element_text(a, first.index)),
                   concat(tensor::element_text(a.dtype, first.a), " => ",
                          tensor::element_text(tensor_b(report, difference).dtype, first.b))},
                  console.palette().changed);
  }
  console.out(to_text(table, console.escaping()));
}

}  // namespace ckpt::commands
