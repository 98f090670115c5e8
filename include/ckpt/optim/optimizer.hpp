// An optimizer as a checkpoint holds it, and what it is.
//
//   {'state': {0: {'step': 6, 'exp_avg': tensor, ...}}, 'param_groups': [{'lr': 0.1, 'params':
//   [0]}]}
//
// Ids are any hashable: 0..n-1 since torch 1.5, addresses before, names where a distributed
// framework wrote the file. Only the order of `params` counts; `state` may lack ids, and may hold
// ids that no group knows (orphans).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/places.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

using Shape = std::vector<std::int64_t>;

enum class Form : std::uint8_t {
  packed,      ///< ids are integers
  named,       ///< ids are names
  flattened,   ///< one dict with keys state.NAME.KEY and param_groups.NAME.KEY
  state_only,  ///< `state` by name, without groups
  foreign,     ///< of a kind that is listed and dropped, but not edited: `problem` names it
};

/// One id of one group.
struct Slot {
  model::NodeId id = model::no_node;     ///< in `params`; no_node in a flattened optimizer
  model::NodeId state = model::no_node;  ///< its entry of `state`; no_node: never had a gradient
  std::size_t group = 0;
  std::string label = {};           ///< the id as text: "17", or the name
  std::optional<Shape> shape = {};  ///< of the parameter, where its state shows it
};

struct Group {
  model::NodeId node = model::no_node;    ///< the dict of hyperparameters
  model::NodeId params = model::no_node;  ///< the list of ids in it
  std::size_t first_slot = 0;
  std::size_t slot_count = 0;
};

struct Optimizer {
  model::NodeId node = model::no_node;
  model::TreePlace place = {};
  std::string path_text = {};
  Form form = Form::packed;
  std::string kind = {};     ///< "Adam or AdamW", "SGD", "unknown optimizer"
  std::string problem = {};  ///< why it is not edited, where it is not
  std::vector<Group> groups = {};
  std::vector<Slot> slots = {};             ///< through the groups in order
  std::vector<model::NodeId> orphans = {};  ///< keys of `state` that no group lists
  /// Names that the file itself gives to the ids, one a slot; empty where it gives none.
  std::vector<std::string> own_names = {};
  std::string own_names_source = {};  ///< "param_names", "ids are names", ...

  bool is_editable() const { return form != Form::foreign; }
};

/// Every optimizer of the tree, in the order of the file; one that is reached twice is given once.
std::vector<Optimizer> find_optimizers(const model::Tree& tree);

/// What the slots and hyperparameters of an optimizer say about its class.
std::string kind_of(const model::Tree& tree, const Optimizer& optimizer);

/// Whether two kinds can be one class: releases before 2.7 leave open which Adam it is.
bool may_be_one_kind(std::string_view a, std::string_view b);

/// The shape of the parameter that a state belongs to, where one of its tensors shows it.
std::optional<Shape> shape_from_state(const model::Tree& tree, model::NodeId state);

/// A key that is the same for equal ids, whatever nodes they are: for maps.
std::string identity_of(const model::Tree& tree, model::NodeId id);

}  // namespace ckpt::optim
