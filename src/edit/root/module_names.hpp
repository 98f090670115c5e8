// `_metadata` of a state dict: what torch keeps for each module, above all the versions by which
// load_state_dict knows how to read older files. An edit of the keys gives the modules new names:
//
//   blocks.0.attn.qkv.weight -> layer.0.query.weight, layer.0.key.weight
//   blocks.0.attn.qkv        -> layer.0.query, layer.0.key
//   fc.weight -> net.fc.weight, and so on for all keys:   the root "" -> net
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ckpt/model/root_edit.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// A module after the edit.
struct ModuleName {
  std::string name;
  bool has_keys = true;  ///< false: its keys are all dropped, and only its entry stays
};

class ModuleNames {
 public:
  /// What `edit` makes of the names of modules of `state_dict`, before it is done.
  ModuleNames(const model::Tree& tree, model::NodeId state_dict, const model::RootEdit& edit);

  /// What `module` is called after the edit: several names, one or none.
  std::vector<ModuleName> names_of(std::string_view module) const;

 private:
  void pair(std::string_view before, std::string_view after);
  void note_root(std::string_view after);
  std::string name_by_place(std::string_view module) const;

  model::ModuleRenames given_;
  model::EmptyModules empty_modules_;
  std::unordered_set<std::string> has_keys_;
  std::unordered_map<std::string, std::vector<std::string>> names_;
  std::optional<std::string> root_;  ///< what "" becomes, if all keys say the same
  bool is_root_settled_ = true;
};

/// Appends entries to `_metadata` of `dict`, if it has one. Names that are there stay as they are.
void add_modules(model::Tree& tree, model::NodeId dict,
                 const std::vector<std::pair<std::string, model::NodeId>>& modules);

/// Renames the modules in `_metadata` of `dict`, whose names begin with `prefix` where those of the
/// root do not. A dict without `_metadata`, or one that stays as it is, is not touched.
void rename_modules(model::Tree& tree, model::NodeId dict, const ModuleNames& names,
                    std::string_view prefix = "");

}  // namespace ckpt::edit
