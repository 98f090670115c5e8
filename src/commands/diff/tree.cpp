// `ckpt diff --tree`: modules in which something differs, with counts.
#include <algorithm>
#include <cmath>
#include <map>

#include "ckpt/base/text.hpp"
#include "ckpt/render/tree.hpp"
#include "commands/diff/text.hpp"
#include "commands/shared/number_text.hpp"

namespace ckpt::commands {

namespace {

struct Module {
  std::string name;
  std::size_t depth = 0;
  std::uint64_t leaf_count = 0;
  std::uint64_t difference_count = 0;
  double largest_norm = 0;
  std::vector<std::size_t> children = {};
};

/// "model:layer1.0.weight": the modules it lies in are model, layer1 and 0. State of an optimizer
/// lies in its parameter.
std::vector<std::string> modules_of(const diff::Names& names, const diff::Leaf& leaf) {
  std::vector<std::string> parts;
  if (leaf.parameter != diff::no_text) {
    parts.emplace_back(split(names.text(leaf.name), ':').front());
    for (const std::string_view part : split(names.text(leaf.parameter), '.'))
      parts.emplace_back(part);
    return parts;
  }
  for (const model::WrittenStep& step : model::parse_path(names.text(leaf.shown))) {
    if (step.is_quoted) {
      parts.push_back(model::key_text(step.text));
      continue;
    }
    for (const std::string_view part : split(step.text, '.')) parts.emplace_back(part);
  }
  parts.pop_back();
  return parts;
}

class Modules {
 public:
  Modules(const diff::Names& names, std::string title)
      : names_(names), modules_{{.name = std::move(title)}} {}

  /// Counts `leaf` in every module around it.
  void add(const diff::Leaf& leaf, const diff::Difference* difference) {
    count(0, difference);
    std::size_t at = 0;
    for (const std::string& part : modules_of(names_, leaf)) {
      at = child_of(at, part);
      count(at, difference);
    }
  }

  /// Parents first, those in which nothing differs left out.
  std::vector<const Module*> rows() const {
    std::vector<const Module*> rows;
    std::vector<std::size_t> open{0};
    while (!open.empty()) {
      const Module& module = modules_[open.back()];
      open.pop_back();
      if (module.difference_count == 0 && module.depth > 0) continue;
      rows.push_back(&module);
      open.insert(open.end(), module.children.rbegin(), module.children.rend());
    }
    return rows;
  }

 private:
  void count(std::size_t at, const diff::Difference* difference) {
    Module& module = modules_[at];
    ++module.leaf_count;
    if (difference == nullptr) return;
    ++module.difference_count;
    if (difference->comparison)
      module.largest_norm = std::max(module.largest_norm, difference->comparison->relative_norm);
  }

  std::size_t child_of(std::size_t parent, const std::string& name) {
    const auto [found, is_new] = by_name_.try_emplace({parent, name}, modules_.size());
    if (is_new) {
      modules_.push_back({.name = name, .depth = modules_[parent].depth + 1});
      modules_[parent].children.push_back(found->second);
    }
    return found->second;
  }

  const diff::Names& names_;
  std::vector<Module> modules_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> by_name_;
};

}  // namespace

void print_diff_tree(const DiffReport& report, cli::Console& console) {
  std::vector<const diff::Difference*> of_a(report.result.leaves_a.size());
  Modules modules(report.a.side.names, concat(report.a.side.file, " => ", report.b.side.file));
  for (const diff::Difference& difference : report.result.differences)
    if (difference.a) of_a[*difference.a] = &difference;
  // Containers that are alike are no values: the summary does not count them either.
  for (std::size_t i = 0; i < of_a.size(); ++i)
    if (of_a[i] != nullptr || !report.result.leaves_a[i].is_container)
      modules.add(report.result.leaves_a[i], of_a[i]);
  for (const diff::Difference& difference : report.result.differences)
    if (!difference.a) modules.add(report.result.leaves_b[*difference.b], &difference);
  render::Outline outline({{""}, {""}, {""}});
  for (const Module* module : modules.rows())
    outline.add_row(
        module->depth,
        {module->name, concat(module->difference_count, " of ", module->leaf_count, " differ"),
         module->largest_norm > 0 ? concat("relative up to ", short_number(module->largest_norm))
                                  : ""});
  console.out(to_text(outline.to_table(), console.escaping()));
}

}  // namespace ckpt::commands
