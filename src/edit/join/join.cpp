#include "ckpt/edit/join.hpp"

#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/apply.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "edit/root/module_names.hpp"

namespace ckpt::edit {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

RootEdit prefixed(const JoinedFile& file) {
  return make_root_edit(file.tree, file.root.node,
                        [&](std::string_view key) { return concat(file.prefix, key); });
}

class RootJoiner {
 public:
  RootJoiner(Tree& tree, const JoinedFile& first)
      : tree_(tree), root_(first.root), edit_(prefixed(first)) {
    for (const Output& output : edit_.outputs) names_.insert(output.name);
  }

  void add(const JoinedFile& other) {
    model::Graft graft(tree_, other.tree);
    for (const Entry& entry : other.tree.entries(other.root.node)) {
      const NodeId value = graft.copy(entry.value);
      if (other.tree.is(entry.key, Kind::text))
        add(concat(other.prefix, other.tree.text(entry.key)), value);
      else
        other_entries_.push_back({graft.copy(entry.key), value});
    }
    add_modules_of(other, graft);
  }

  void finish() {
    const auto values = std::make_shared<Values>(std::move(values_));
    edit_.begin_values = [values](Tree&, const model::ValueBefore&) {
      return [values](const Output& output) { return values->at(output.name); };
    };
    apply(tree_, root_, edit_, {.followers = Followers::left});
    if (other_entries_.empty()) return;
    model::edit_entries(tree_, root_.node, [&](std::vector<Entry>& entries) {
      entries.insert(entries.end(), other_entries_.begin(), other_entries_.end());
    });
  }

 private:
  using Values = std::unordered_map<std::string, NodeId>;

  void add(std::string name, NodeId value) {
    if (!names_.insert(name).second)
      throw Error(ErrorKind::conflict, concat(quote(name), " is in both files"),
                  "prefixes keep names apart");
    values_.emplace(name, value);
    edit_.outputs.push_back({.name = std::move(name), .sources = {}});
  }

  void add_modules_of(const JoinedFile& other, model::Graft& graft) {
    const NodeId metadata = other.tree.find(other.tree.attributes(other.root.node), "_metadata");
    const ModuleNames names(other.tree, other.root.node, prefixed(other));
    for (const model::TextEntry& entry : model::text_entries(other.tree, metadata))
      for (ModuleName& module : names.names_of(entry.name))
        edit_.new_modules.emplace_back(std::move(module.name), graft.copy(entry.value));
  }

  Tree& tree_;
  const model::Root& root_;
  RootEdit edit_;
  std::unordered_set<std::string> names_;
  Values values_;  // of new outputs
  std::vector<Entry> other_entries_;
};

}  // namespace

void join_roots(Tree& tree, const JoinedFile& first, std::span<const JoinedFile> others) {
  RootJoiner joiner(tree, first);
  for (const JoinedFile& other : others) within(other.path, [&] { joiner.add(other); });
  joiner.finish();
}

void replace_values(Tree& tree, const model::Root& root,
                    const std::map<std::string, NodeId>& values) {
  RootEdit edit = make_root_edit(
      tree, root.node, [](std::string_view key) { return std::optional(std::string(key)); });
  for (Output& output : edit.outputs) {
    const auto found = values.find(output.name);
    if (found == values.end()) continue;
    output.operation = [value = found->second](Tree&, std::span<const NodeId>) { return value; };
  }
  apply(tree, root, edit, {.followers = Followers::left});
}

}  // namespace ckpt::edit
