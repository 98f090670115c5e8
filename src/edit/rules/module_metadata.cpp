#include "edit/rules/module_metadata.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/model/edit.hpp"

namespace ckpt::edit {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

/// "a.b.weight" is of "a.b"; "weight" of "".
std::string_view module_of(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('.') + 1); }

class ModuleNames {
 public:
  ModuleNames(const match::Plan& plan, std::span<const match::KeyFacts> facts) {
    for (const match::KeyFacts& key : facts)
      for (std::string_view module = module_of(key.key); !module.empty();
           module = module_of(module))
        if (!has_keys_.insert(std::string(module)).second) break;
    for (const match::PlannedOutput& output : plan.outputs)
      for (const std::size_t key : output.sources)
        pair(module_of(facts[key].key), module_of(output.name));
  }

  /// What `module` is called now: several names, one or none.
  std::vector<std::string> names_of(std::string_view module) const {
    if (module.empty()) return {""};
    if (const auto known = names_.find(std::string(module)); known != names_.end())
      return known->second;
    if (has_keys_.contains(std::string(module))) return {};
    for (std::string_view around = module_of(module);; around = module_of(around)) {
      const auto known = names_.find(std::string(around));
      if (known != names_.end())
        return {joined(known->second.front(), module.substr(around.size()))};
      if (around.empty()) return {std::string(module)};
    }
  }

 private:
  static std::string joined(const std::string& name, std::string_view rest) {
    return name.empty() && rest.starts_with('.') ? std::string(rest.substr(1)) : concat(name, rest);
  }

  /// Outwards as long as the last parts agree: the modules around were renamed along.
  void pair(std::string_view before, std::string_view after) {
    for (bool is_innermost = true; !before.empty(); is_innermost = false) {
      std::vector<std::string>& names = names_[std::string(before)];
      if (std::ranges::find(names, after) != names.end()) return;
      if (names.empty() || is_innermost) names.emplace_back(after);
      if (last_part(before) != last_part(after)) return;
      before = module_of(before);
      after = module_of(after);
    }
  }

  std::unordered_set<std::string> has_keys_;
  std::unordered_map<std::string, std::vector<std::string>> names_;
};

/// What `module` of a state dict is called whose names have `prefix` before those of the root.
std::vector<std::string> names_behind(const ModuleNames& names, const std::string& module,
                                      std::string_view prefix) {
  const std::string inside = concat(module, '.');
  if (prefix.empty()) return names.names_of(module);
  if (!inside.starts_with(prefix)) return {module};
  const std::string_view rest = std::string_view(inside).substr(prefix.size());
  std::vector<std::string> found =
      names.names_of(rest.empty() ? rest : rest.substr(0, rest.size() - 1));
  for (std::string& name : found) {
    name = concat(prefix, name);
    if (name.ends_with('.')) name.pop_back();
  }
  return found;
}

}  // namespace

void follow_modules(Tree& tree, NodeId state_dict, const match::Plan& plan,
                    std::span<const match::KeyFacts> facts, std::string_view prefix) {
  const NodeId metadata = tree.find(tree.attributes(state_dict), "_metadata");
  if (metadata == model::no_node || !tree.is(metadata, Kind::dict)) return;
  const ModuleNames names(plan, facts);
  const auto span = tree.entries(metadata);
  const std::vector<Entry> before(span.begin(), span.end());
  std::vector<Entry> after;
  std::unordered_set<std::string> seen;
  for (const Entry& entry : before) {
    if (!tree.is(entry.key, Kind::text)) {
      after.push_back(entry);
      continue;
    }
    const std::string module(tree.text(entry.key));
    for (const std::string& name : names_behind(names, module, prefix)) {
      if (!seen.insert(name).second) continue;
      after.push_back({name == module ? entry.key : tree.add_text(name), entry.value});
    }
  }
  model::set_metadata(tree, state_dict, after);
}

}  // namespace ckpt::edit
