// An edit of the root state dict, told in full, so that everything indexed like it can follow: what
// there will be, in which order, and from what.
//
//   drop aux            outputs: stem<-stem head<-head        (aux is the source of nothing)
//   rename fc           outputs: head<-fc
//   fuse q, k, v        outputs: qkv<-(q, k, v) by an operation on tensors
//   new tensor          outputs: head<-()
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// Makes a tensor of `sources` that owns its storage, as the edit makes the parameter of the source
/// parameters; it is applied to every per-element state too, so it must only move elements.
using TensorOperation =
    std::function<model::NodeId(model::Tree& tree, std::span<const model::NodeId> sources)>;

struct Output {
  std::string name;
  std::vector<std::string> sources;  ///< names before the edit; none: new, without history
  TensorOperation operation = {};    ///< none: the one source, unchanged
  /// The value is another than before the edit (a new head): its state starts afresh.
  bool is_fresh = false;
};

struct RootEdit {
  std::vector<Output> outputs;  ///< in the order of the new state dict
  /// Gives the modules in `_metadata` of a state dict like the root, whose names begin with
  /// `prefix`, the names that the edit gives those of the root. None: they stay.
  std::function<void(model::Tree& tree, model::NodeId state_dict, std::string_view prefix)>
      follow_modules = {};
};

/// The edit that gives every key of `state_dict` the name that `new_name` gives it, or drops it.
RootEdit make_root_edit(
    const model::Tree& tree, model::NodeId state_dict,
    const std::function<std::optional<std::string>(std::string_view)>& new_name);

}  // namespace ckpt::optim
