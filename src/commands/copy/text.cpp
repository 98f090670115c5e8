#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/render/table.hpp"
#include "commands/copy/copied_views.hpp"
#include "commands/copy/report.hpp"

namespace ckpt::commands {

namespace {

using match::Fit;
using match::Named;
using match::Pair;

/// "f32 4x3", "dict"
std::string type_cell(const Checkpoint& checkpoint, const Named& entry) {
  if (!entry.tensor) return type_text(checkpoint.tree(), entry.node);
  return concat(model::row_of(entry.tensor->dtype).short_name, ' ', shape_cell(*entry.tensor));
}

std::string axes_text(const std::vector<std::size_t>& axes) {
  std::vector<std::string> texts;
  for (const std::size_t axis : axes) texts.push_back(concat(axis));
  return texts.empty() ? std::string()
                       : concat(texts.size() == 1 ? "axis " : "axes ", join(texts, ", "));
}

/// The names in the source file: one, several that a rule joined, or none for a created key.
std::string origins_text(const std::vector<std::string>& origins) {
  constexpr std::size_t most = 3;
  if (origins.empty()) return "from a rule";
  const std::size_t shown = std::min(origins.size(), most);
  std::string text = concat(
      "from ", join({origins.begin(), origins.begin() + static_cast<std::ptrdiff_t>(shown)}, ", "));
  if (origins.size() > shown) text += concat(" and ", origins.size() - shown, " more");
  return text;
}

std::string note_of(const CopyPlan& plan, const Pair& pair) {
  const std::vector<std::string>& origins = plan.origins[pair.source];
  std::string note = pair.fit == Fit::other_dtype ? std::string() : axes_text(pair.axes);
  if (origins.size() != 1 || origins.front() != plan.target_of(pair).name)
    note += concat(note.empty() ? "" : ", ", origins_text(origins));
  return note;
}

void add_pairs(render::Table& table, const CopyReport& report, CopyRows rows,
               const render::Palette& palette) {
  for (const Pair& pair : report.plan.pairing.pairs) {
    const bool is_plain = pair.fit <= Fit::cast;
    if (is_plain && rows == CopyRows::what_is_not_plain) continue;
    const Named& source = report.plan.source_of(pair);
    const Named& target = report.plan.target_of(pair);
    table.add_row({word_of(pair.fit), target.name, type_cell(report.source, source),
                   type_cell(report.target, target), note_of(report.plan, pair)},
                  is_mismatch(pair.fit) ? palette.changed : std::string_view{});
  }
}

void add_missing(render::Table& table, const CopyReport& report, CopyRows rows,
                 const render::Palette& palette) {
  const CopiedViews copied(report.plan);
  for (const std::size_t index : report.plan.pairing.missing) {
    const Named& target = report.plan.targets[index];
    table.add_row(
        {"missing", target.name, "", type_cell(report.target, target), copied.note_of(target)},
        palette.removed);
  }
  for (const std::size_t index : report.plan.left_out) {
    const Named& target = report.plan.targets[index];
    const std::string note = copied.note_of(target);
    if (!note.empty() || rows == CopyRows::all)
      table.add_row({"left out", target.name, "", type_cell(report.target, target), note});
  }
  for (const std::size_t index : report.plan.pairing.defaulted)
    table.add_row({"kept", report.plan.targets[index].name, "",
                   type_cell(report.target, report.plan.targets[index]),
                   "not missed: no counter before version 2"});
}

}  // namespace

void print_copy(const CopyReport& report, CopyRows rows, cli::Console& console) {
  render::Table table({{""}, {"key"}, {"source"}, {"target"}, {""}});
  add_pairs(table, report, rows, console.palette());
  add_missing(table, report, rows, console.palette());
  for (const std::size_t index : report.plan.pairing.unexpected) {
    const Named& source = report.plan.sources[index];
    table.add_row({"unexpected", source.name, type_cell(report.source, source)},
                  console.palette().added);
  }
  if (table.row_count() > 0) console.out(to_text(table, console.escaping()));
}

}  // namespace ckpt::commands
