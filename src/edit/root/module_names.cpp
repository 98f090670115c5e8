#include "edit/root/module_names.hpp"

#include <algorithm>
#include <utility>

#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"

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

std::size_t depth_of(std::string_view module) {
  return module.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(module, '.'));
}

/// The modules of a dict whose names have `prefix` before those of the root.
std::vector<ModuleName> names_behind(const ModuleNames& names, std::string_view module,
                                     std::string_view prefix) {
  if (prefix.empty()) return names.names_of(module);
  const std::string inside = concat(module, '.');
  if (!inside.starts_with(prefix)) return {{std::string(module)}};
  const std::string_view rest = std::string_view(inside).substr(prefix.size());
  std::vector<ModuleName> found =
      names.names_of(rest.empty() ? rest : rest.substr(0, rest.size() - 1));
  for (ModuleName& one : found) {
    one.name = concat(prefix, one.name);
    if (one.name.ends_with('.')) one.name.pop_back();
  }
  return found;
}

/// The entries of `_metadata` under their new names, each name once.
class ModuleEntries {
 public:
  explicit ModuleEntries(Tree& tree) : tree_(tree) {}

  void add(const Entry& entry) { entries_.push_back(entry); }

  /// Where two modules become one, that with keys goes before that without, then the inner one.
  void add(const Entry& entry, const ModuleName& module) {
    const std::string_view before = tree_.text(entry.key);
    const std::pair rank{module.has_keys, depth_of(before)};
    const auto [known, is_new] =
        taken_.try_emplace(module.name, Taken{.index = entries_.size(), .rank = rank});
    if (is_new) {
      const NodeId key = module.name == before ? entry.key : tree_.add_text(module.name);
      entries_.push_back({key, entry.value});
    } else if (known->second.rank < rank) {
      known->second.rank = rank;
      entries_[known->second.index].value = entry.value;
    }
  }

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  struct Taken {
    std::size_t index = 0;
    std::pair<bool, std::size_t> rank;
  };

  Tree& tree_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, Taken> taken_;
};

NodeId metadata_of(const Tree& tree, NodeId dict) {
  const NodeId metadata = tree.find(tree.attributes(dict), "_metadata");
  const bool is_dict = metadata != model::no_node && tree.is(metadata, Kind::dict);
  return is_dict ? metadata : model::no_node;
}

/// Gives `dict` a `_metadata` of its own with these entries: the one that it has may be another
/// dict's too, as copy.copy leaves it.
void set_metadata(Tree& tree, NodeId dict, const std::vector<Entry>& entries) {
  const NodeId attributes = tree.attributes(dict);
  const NodeId before = tree.find(attributes, "_metadata");
  const NodeId own = tree.add();
  tree.fill_dict(own, tree.dict_type(before), entries, tree.attributes(before));
  if (tree.maker(before) != model::no_node) tree.set_maker(own, tree.maker(before));
  model::edit_entries(tree, attributes, [&](std::vector<Entry>& changed) {
    for (Entry& entry : changed)
      if (entry.value == before) entry.value = own;
  });
}

}  // namespace

ModuleNames::ModuleNames(const Tree& tree, NodeId state_dict, const model::RootEdit& edit)
    : given_(edit.module_names), empty_modules_(edit.empty_modules) {
  for (const Entry& entry : tree.entries(state_dict)) {
    if (!tree.is(entry.key, Kind::text)) continue;
    for (std::string_view module = module_of(tree.text(entry.key)); !module.empty();
         module = module_of(module))
      if (!has_keys_.insert(std::string(module)).second) break;
  }
  for (const model::Output& output : edit.outputs)
    for (const std::string& source : output.sources)
      pair(module_of(source), module_of(output.name));
}

/// Outwards as long as the last parts agree: the modules around were renamed along.
void ModuleNames::pair(std::string_view before, std::string_view after) {
  for (bool is_innermost = true; !before.empty(); is_innermost = false) {
    std::vector<std::string>& names = names_[std::string(before)];
    if (std::ranges::find(names, after) != names.end()) return;
    if (names.empty() || is_innermost) names.emplace_back(after);
    if (last_part(before) != last_part(after)) return;
    before = module_of(before);
    after = module_of(after);
  }
  note_root(after);
}

void ModuleNames::note_root(std::string_view after) {
  if (!root_) root_ = after;
  is_root_settled_ = is_root_settled_ && *root_ == after;
}

std::vector<ModuleName> ModuleNames::names_of(std::string_view module) const {
  if (const auto given = given_.find(std::string(module)); given != given_.end()) {
    if (!given->second) return {};
    return {{*given->second}};
  }
  if (module.empty()) return {{is_root_settled_ ? root_.value_or("") : ""}};
  if (const auto known = names_.find(std::string(module)); known != names_.end()) {
    std::vector<ModuleName> names;
    for (const std::string& name : known->second) names.push_back({name});
    return names;
  }
  if (!has_keys_.contains(std::string(module))) return {{name_by_place(module)}};
  if (empty_modules_ == model::EmptyModules::go) return {};
  return {{.name = std::string(module), .has_keys = false}};
}

/// Of a module without keys: it stays where it is in the nearest module around it that has some.
std::string ModuleNames::name_by_place(std::string_view module) const {
  for (std::string_view around = module_of(module); !around.empty(); around = module_of(around)) {
    const auto known = names_.find(std::string(around));
    if (known == names_.end()) continue;
    const std::string& name = known->second.front();
    const std::string_view rest = module.substr(around.size() + 1);
    return name.empty() ? std::string(rest) : concat(name, '.', rest);
  }
  const bool is_moved = is_root_settled_ && root_ && !root_->empty();
  return is_moved ? concat(*root_, '.', module) : std::string(module);
}

void rename_modules(Tree& tree, NodeId dict, const ModuleNames& names, std::string_view prefix) {
  const NodeId metadata = metadata_of(tree, dict);
  if (metadata == model::no_node) return;
  const std::vector<Entry> before = model::copy_entries(tree, metadata);
  ModuleEntries after(tree);
  for (const Entry& entry : before) {
    if (!tree.is(entry.key, Kind::text)) {
      after.add(entry);
      continue;
    }
    const std::string module(tree.text(entry.key));
    for (const ModuleName& name : names_behind(names, module, prefix)) after.add(entry, name);
  }
  const bool is_same =
      std::ranges::equal(before, after.entries(), [](const Entry& one, const Entry& other) {
        return one.key == other.key && one.value == other.value;
      });
  if (!is_same) set_metadata(tree, dict, after.entries());
}

void add_modules(Tree& tree, NodeId dict,
                 const std::vector<std::pair<std::string, NodeId>>& modules) {
  const NodeId metadata = metadata_of(tree, dict);
  if (metadata == model::no_node || modules.empty()) return;
  std::vector<Entry> entries = model::copy_entries(tree, metadata);
  std::unordered_set<std::string> known;
  for (const model::TextEntry& entry : model::text_entries(tree, metadata))
    known.emplace(entry.name);
  for (const auto& [name, value] : modules)
    if (known.insert(name).second) entries.push_back({tree.add_text(name), value});
  set_metadata(tree, dict, entries);
}

}  // namespace ckpt::edit
