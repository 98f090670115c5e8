// `ckpt diff --tree`: the modules in which something differs, with counts.
#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/render/tree.hpp"
#include "commands/diff/text.hpp"
#include "commands/shared/number_text.hpp"

namespace ckpt::commands {

namespace {

struct Module {
  std::string_view name;
  std::size_t depth = 0;
  std::size_t parent = 0;
  std::uint64_t leaf_count = 0;
  std::uint64_t difference_count = 0;
  double largest_norm = 0;
  std::vector<std::size_t> children = {};
};

/// The modules that contain the leaves of a diff. Each name is split once, and a leaf is counted in
/// its innermost module only, so that deep files cost no more than their names; rows() adds the
/// counts up.
///
///   model:layer1.0.weight    is in the modules model, layer1 and 0
///   state of fc.weight       is in the optimizer, fc and weight
class Modules {
 public:
  Modules(const diff::Names& names, std::string_view title)
      : names_(names), modules_{{.name = title}} {}

  void add(const diff::Leaf& leaf, const diff::Difference* difference) {
    Module& module = modules_[module_around(leaf)];
    ++module.leaf_count;
    if (difference == nullptr) return;
    ++module.difference_count;
    if (difference->comparison)
      module.largest_norm = std::max(module.largest_norm, difference->comparison->relative_norm);
  }

  /// Call after the last add(). Parents first; modules without a difference are left out.
  std::vector<const Module*> rows() {
    // Modules come after their parents, so going backwards every sum is complete.
    for (std::size_t i = modules_.size(); i-- > 1;) add_to_parent(modules_[i]);
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
  void add_to_parent(const Module& module) {
    Module& parent = modules_[module.parent];
    parent.leaf_count += module.leaf_count;
    parent.difference_count += module.difference_count;
    parent.largest_norm = std::max(parent.largest_norm, module.largest_norm);
  }

  std::size_t module_around(const diff::Leaf& leaf) {
    if (leaf.parameter != diff::no_text)
      return below(child_of(0, optimizer_of(leaf.name)), names_.text(leaf.parameter));
    if (leaf.shown == diff::Names::top) return 0;
    const Step last = step_at(leaf.shown);
    const std::size_t around = module_at(last.above);
    const std::size_t dot = is_quoted(last.text) ? std::string_view::npos : last.text.rfind('.');
    return dot == std::string_view::npos ? around : below(around, last.text.substr(0, dot));
  }

  /// A step of a path, and the name before it.
  struct Step {
    std::string_view text;
    diff::NameId above;
  };

  /// A step that ends in " #2" is two parts of its name.
  Step step_at(diff::NameId id) {
    if (names_.joint(id) != diff::Joint::number) return {names_.part(id), names_.above(id)};
    const diff::NameId start = names_.above(id);
    made_.push_back(concat(names_.part(start), " #", names_.part(id)));
    return {made_.back(), names_.above(start)};
  }

  static bool is_quoted(std::string_view step) { return step.starts_with('"'); }

  /// The module that a name leads to, with those around it.
  std::size_t module_at(diff::NameId id) {
    std::vector<std::pair<diff::NameId, Step>> open;
    while (id != diff::Names::top && !by_path_.contains(id)) {
      open.emplace_back(id, step_at(id));
      id = open.back().second.above;
    }
    std::size_t at = id == diff::Names::top ? 0 : by_path_.at(id);
    for (; !open.empty(); open.pop_back()) {
      const auto& [name, step] = open.back();
      at = is_quoted(step.text) ? child_of(at, step.text) : below(at, step.text);
      by_path_.emplace(name, at);
    }
    return at;
  }

  /// What a name begins with, up to the first ':'.
  std::string_view optimizer_of(diff::NameId name) {
    std::vector<diff::NameId> open;
    for (; name != diff::Names::top && !optimizers_.contains(name); name = names_.above(name))
      open.push_back(name);
    std::string_view start = name == diff::Names::top ? "" : optimizers_.at(name);
    for (; !open.empty(); open.pop_back()) {
      const diff::NameId id = open.back();
      const diff::NameId above = names_.above(id);
      if (above == diff::Names::top) {
        start = names_.part(id).substr(0, names_.part(id).find(':'));
      } else if (names_.joint(id) == diff::Joint::number &&
                 names_.above(above) == diff::Names::top && start == names_.part(above)) {
        made_.push_back(concat(start, " #", names_.part(id)));
        start = made_.back();
      }
      optimizers_.emplace(id, start);
    }
    return start;
  }

  /// The module that dotted names lead to from another.
  std::size_t below(std::size_t parent, std::string_view dotted) {
    for (const std::string_view part : split(dotted, '.')) parent = child_of(parent, part);
    return parent;
  }

  std::size_t child_of(std::size_t parent, std::string_view name) {
    const auto [found, is_new] = by_name_.try_emplace({parent, name}, modules_.size());
    if (is_new) {
      modules_.push_back({.name = name, .depth = modules_[parent].depth + 1, .parent = parent});
      modules_[parent].children.push_back(found->second);
    }
    return found->second;
  }

  const diff::Names& names_;
  std::vector<Module> modules_;
  std::map<std::pair<std::size_t, std::string_view>, std::size_t> by_name_;
  std::unordered_map<diff::NameId, std::size_t> by_path_;
  std::unordered_map<diff::NameId, std::string_view> optimizers_;
  std::deque<std::string> made_;  // texts that are no part of a name
};

}  // namespace

void print_diff_tree(const DiffReport& report, cli::Console& console) {
  std::vector<const diff::Difference*> of_a(report.result.leaves_a.size());
  const std::string title = concat(report.a.side.file, " => ", report.b.side.file);
  Modules modules(report.a.side.names, title);
  for (const diff::Difference& difference : report.result.differences)
    if (difference.a) of_a[*difference.a] = &difference;
  // Equal containers do not count as values, neither here nor in the summary.
  for (std::size_t i = 0; i < of_a.size(); ++i)
    if (of_a[i] != nullptr || !report.result.leaves_a[i].is_container)
      modules.add(report.result.leaves_a[i], of_a[i]);
  for (const diff::Difference& difference : report.result.differences)
    if (!difference.a) modules.add(report.result.leaves_b[*difference.b], &difference);
  render::Outline outline({{""}, {""}, {""}});
  for (const Module* module : modules.rows())
    outline.add_row(
        module->depth,
        {std::string(module->name),
         concat(module->difference_count, " of ", module->leaf_count, " differ"),
         module->largest_norm > 0 ? concat("relative up to ", short_number(module->largest_norm))
                                  : ""});
  console.out(to_text(outline.to_table(), console.escaping()));
}

}  // namespace ckpt::commands
