#include "ckpt/model/edit.hpp"

#include <unordered_map>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::model {

namespace {

using Rename = std::function<std::string(std::string_view)>;

std::vector<Entry> copy_of_entries(const Tree& tree, NodeId dict) {
  const auto entries = tree.entries(dict);
  return {entries.begin(), entries.end()};
}

std::string renamed_module(std::string_view module, const Rename& renamed) {
  std::string name = renamed(module.empty() ? "" : concat(module, '.'));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace

std::size_t keep_entries(Tree& tree, NodeId dict,
                         const std::function<bool(const Entry&)>& is_kept) {
  std::vector<Entry> entries = copy_of_entries(tree, dict);
  const std::size_t dropped =
      std::erase_if(entries, [&](const Entry& entry) { return !is_kept(entry); });
  if (dropped > 0) tree.set_entries(dict, entries);
  return dropped;
}

std::size_t rename_keys(Tree& tree, NodeId dict, const Rename& renamed) {
  std::vector<Entry> entries = copy_of_entries(tree, dict);
  std::unordered_map<std::string, NodeId> old_key;  // by new name
  std::size_t changed = 0;
  for (Entry& entry : entries) {
    if (!tree.is(entry.key, Kind::text)) continue;
    const NodeId before = entry.key;
    std::string name = renamed(tree.text(before));
    if (name != tree.text(before)) {
      entry.key = tree.add_text(name);
      ++changed;
    }
    const auto [other, is_new] = old_key.try_emplace(std::move(name), before);
    if (!is_new)
      throw Error(ErrorKind::conflict,
                  concat(quote(tree.text(other->second)), " and ", quote(tree.text(before)),
                         " would both become ", quote(other->first)));
  }
  if (changed == 0) return 0;
  tree.set_entries(dict, entries);
  rename_modules(tree, dict, renamed);
  return changed;
}

void set_metadata(Tree& tree, NodeId dict, std::span<const Entry> entries) {
  const NodeId attributes = tree.attributes(dict);
  const NodeId before = tree.find(attributes, "_metadata");
  const NodeId own = tree.add();
  tree.fill_dict(own, tree.dict_type(before), entries, tree.attributes(before));
  if (tree.maker(before) != no_node) tree.set_maker(own, tree.maker(before));
  std::vector<Entry> changed = copy_of_entries(tree, attributes);
  for (Entry& entry : changed)
    if (entry.value == before) entry.value = own;
  tree.set_entries(attributes, changed);
}

void rename_modules(Tree& tree, NodeId dict, const Rename& renamed) {
  const NodeId metadata = tree.find(tree.attributes(dict), "_metadata");
  if (metadata == no_node || !tree.is(metadata, Kind::dict)) return;
  std::vector<Entry> kept;
  std::unordered_map<std::string, std::size_t> position;
  for (const Entry& entry : copy_of_entries(tree, metadata)) {
    if (!tree.is(entry.key, Kind::text)) {
      kept.push_back(entry);
      continue;
    }
    std::string name = renamed_module(tree.text(entry.key), renamed);
    const NodeId key = name == tree.text(entry.key) ? entry.key : tree.add_text(name);
    const auto [known, is_new] = position.try_emplace(std::move(name), kept.size());
    if (is_new) {
      kept.push_back({key, entry.value});
    } else {
      kept[known->second].value = entry.value;
    }
  }
  set_metadata(tree, dict, kept);
}

}  // namespace ckpt::model
