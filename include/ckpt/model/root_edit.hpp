// What becomes of a state dict: its entries afterwards, in their order, and what each is made of.
// An edit in this form can be done to the state dict, to averages of the same model and, through
// the names, to optimizers (ckpt/edit/apply.hpp).
//
//   drop aux            outputs: stem<-stem head<-head        (aux is the source of nothing)
//   rename fc           outputs: head<-fc
//   fuse q, k, v        outputs: qkv<-(q, k, v) by an operation on tensors
//   new tensor          outputs: head<-()
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// Makes a tensor of `sources` that owns its storage. It is applied to per-element optimizer states
/// of the sources too, so it must only move elements.
using TensorOperation = std::function<NodeId(Tree& tree, std::span<const NodeId> sources)>;

struct Output {
  std::string name;
  std::vector<std::string> sources;  ///< names before the edit; none: new, without history
  TensorOperation operation = {};    ///< none: the one source, unchanged
  /// The value is another than before the edit (a new head): its optimizer state starts afresh.
  bool is_fresh = false;
};

/// The value of a name before the edit: of the root, or of the average that is edited like it.
using ValueBefore = std::function<NodeId(const std::string& name)>;
/// The value after the edit of an output that has an operation or no source.
using ValueAfter = std::function<NodeId(const Output& output)>;

/// What becomes of the entry of `_metadata` of a module that has no key any more.
enum class EmptyModules : std::uint8_t { stay, go };

/// New names of modules, by their names; none: the entry goes.
using ModuleRenames = std::unordered_map<std::string, std::optional<std::string>>;

struct RootEdit {
  std::vector<Output> outputs;  ///< in the order of the new state dict
  /// Modules in `_metadata` whose names were changed by the same rule as those of keys. Others get
  /// the names that their keys have now.
  ModuleRenames module_names = {};
  EmptyModules empty_modules = EmptyModules::stay;
  /// Behind those in `_metadata` of the root, where it has one; known names are left out.
  std::vector<std::pair<std::string, NodeId>> new_modules = {};
  /// For edits whose values are more than their operations (arithmetic, values from other files,
  /// outputs that are one tensor): called once for each dict that is edited. None: values are what
  /// the operations make.
  std::function<ValueAfter(Tree& tree, ValueBefore before)> begin_values = {};
};

/// The edit that gives every text key of `state_dict` the name that `new_name` gives it, or drops
/// it. Modules are renamed as keys below them are: "fc" as "fc.", the root "" as "". Without
/// outputs where `state_dict` is no dict.
RootEdit make_root_edit(
    const Tree& tree, NodeId state_dict,
    const std::function<std::optional<std::string>(std::string_view)>& new_name);

}  // namespace ckpt::model
