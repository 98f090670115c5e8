#include "ckpt/edit/apply.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "edit/root/averages.hpp"
#include "edit/root/dict_edit.hpp"
#include "edit/root/module_names.hpp"
#include "edit/root/undo.hpp"

namespace ckpt::edit {

using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

void refuse_unknown_sources(const Output& output, const Places& places) {
  for (const std::string& source : output.sources)
    if (!places.contains(source))
      throw Error(ErrorKind::conflict, concat(quote(output.name), " is to be made of ",
                                              quote(source), ", which is no key"));
}

std::string source_text(const Output& output) {
  return output.sources.empty() ? concat("a new ", quote(output.name))
                                : quote(output.sources.front());
}

/// What can be said of the names alone.
void refuse_wrong_names(const RootEdit& edit, const Places& places) {
  std::unordered_map<std::string_view, const Output*> by_name;
  for (const Output& output : edit.outputs) {
    refuse_unknown_sources(output, places);
    const auto [other, is_new] = by_name.try_emplace(output.name, &output);
    if (!is_new)
      throw Error(ErrorKind::conflict,
                  concat(source_text(*other->second), " and ", source_text(output),
                         " would both become ", quote(output.name)));
  }
}

bool are_same(std::span<const model::Entry> before, const std::vector<model::Entry>& after) {
  return std::ranges::equal(before, after, [](const model::Entry& one, const model::Entry& other) {
    return one.key == other.key && one.value == other.value;
  });
}

void edit_root(Tree& tree, NodeId root, const RootEdit& edit, const Places& places,
               Report& report) {
  const EditedEntries edited = edited_entries(tree, {.dict = root}, edit, places);
  for (std::size_t i = 0; i < edited.places.size(); ++i)
    if (edited.places[i] != i) ++report.moved;
  if (are_same(tree.entries(root), edited.entries)) return;
  report.renamed_tensors = edited.renamed_tensors;
  report.renamed_others = edited.renamed_others;
  if (tree.find(tree.attributes(root), "_metadata") != model::no_node)
    rename_modules(tree, root, ModuleNames(tree, root, edit));
  add_modules(tree, root, edit.new_modules);
  tree.set_entries(root, edited.entries);
}

optim::CarryReport edit_followers(Tree& tree, const optim::ModelView& model, const RootEdit& edit,
                                  const optim::CarryOptions& options) {
  optim::CarryReport report = optim::carry(tree, model, edit, options);
  if (options.treatment != optim::Treatment::keep) edit_averages(tree, model, edit, report);
  return report;
}

}  // namespace

Report apply(Tree& tree, const model::Root& root, const RootEdit& edit,
             const ApplyOptions& options) {
  if (root.node == model::no_node || !tree.is(root.node, Kind::dict))
    throw Error(ErrorKind::conflict, "the root is no dict, so there are no names to change");
  const Places places = places_of(tree, root.node);
  refuse_wrong_names(edit, places);
  Undo undo(tree);
  Report report;
  if (options.followers == Followers::edited)
    report.followers = edit_followers(tree, {tree, root}, edit, options.carry);
  edit_root(tree, root.node, edit, places, report);
  undo.keep_changes();
  return report;
}

optim::CarryReport follow(Tree& tree, const optim::ModelView& model, const RootEdit& edit,
                          const optim::CarryOptions& options) {
  Undo undo(tree);
  optim::CarryReport report = edit_followers(tree, model, edit, options);
  undo.keep_changes();
  return report;
}

}  // namespace ckpt::edit
