#include "ckpt/model/root_edit.hpp"

#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"

namespace ckpt::model {

namespace {

using NewName = std::function<std::optional<std::string>(std::string_view)>;

/// "fc" -> "head" where "fc." becomes "head.". What becomes no module, as by the prefix "x_", has
/// the name that its keys give it.
void rename_module(std::string_view module, const NewName& new_name, ModuleRenames& renames) {
  std::optional<std::string> name = new_name(module.empty() ? "" : concat(module, '.'));
  if (name && !name->empty() && !name->ends_with('.')) return;
  if (name && !name->empty()) name->pop_back();
  renames.emplace(module, std::move(name));
}

}  // namespace

RootEdit make_root_edit(
    const Tree& tree, NodeId state_dict,
    const std::function<std::optional<std::string>(std::string_view)>& new_name) {
  RootEdit edit;
  if (state_dict == no_node || !tree.is(state_dict, Kind::dict)) return edit;
  const NodeId metadata = tree.find(tree.attributes(state_dict), "_metadata");
  for (const TextEntry& entry : text_entries(tree, metadata))
    rename_module(entry.name, new_name, edit.module_names);
  for (const TextEntry& entry : text_entries(tree, state_dict))
    if (std::optional<std::string> renamed = new_name(entry.name))
      edit.outputs.push_back({std::move(*renamed), {std::string(entry.name)}});
  return edit;
}

}  // namespace ckpt::model
