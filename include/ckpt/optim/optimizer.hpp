// An optimizer as a checkpoint holds it.
//
//   {'state': {0: {'step': 6, 'exp_avg': tensor, ...}}, 'param_groups': [{'lr': 0.1, 'params':
//   [0]}]}
//
// An id can be any hashable value: 0 to n-1 since torch 1.5, addresses before, names in files of
// distributed frameworks. Only the order of `params` has a meaning. `state` may lack ids (a
// parameter that never had a gradient) and may hold ids that no group lists (orphans).
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

/// How a file stores an optimizer.
enum class Form : std::uint8_t {
  packed,      ///< ids are integers
  named,       ///< ids are names
  flattened,   ///< one dict with keys state.NAME.KEY and param_groups.NAME.KEY
  state_only,  ///< `state` by name, without groups
  foreign,     ///< known and can be dropped, but not edited: `problem` says why
};

/// One id in one group.
struct Slot {
  model::NodeId id = model::no_node;     ///< in `params`; no_node in a flattened optimizer
  model::NodeId state = model::no_node;  ///< its entry of `state`; no_node: it never had a gradient
  std::size_t group = 0;
  std::string label = {};           ///< the id as text: "17", or a name
  std::optional<Shape> shape = {};  ///< of the parameter, if its state shows the shape
};

/// An item of `param_groups`. Its slots are consecutive in Optimizer::slots.
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
  std::string problem = {};  ///< why it cannot be edited; "" when it can
  std::vector<Group> groups = {};
  std::vector<Slot> slots = {};             ///< all slots, group by group
  std::vector<model::NodeId> orphans = {};  ///< keys of `state` that no group lists
  /// The names that the file itself gives to the ids, one per slot; empty when it gives none.
  std::vector<std::string> own_names = {};
  std::string own_names_source = {};  ///< "param_names", "ids are names", ...

  bool is_editable() const { return form != Form::foreign; }
};

/// All optimizers of the tree in file order. An optimizer that is reached twice is listed once.
std::vector<Optimizer> find_optimizers(const model::Tree& tree);

/// Guesses the class of an optimizer from its state keys and hyperparameters.
std::string kind_of(const model::Tree& tree, const Optimizer& optimizer);

/// Whether two kinds can be the same class. Files before torch 2.7 do not tell Adam from AdamW.
bool may_be_one_kind(std::string_view a, std::string_view b);

/// The shape of the parameter that a state belongs to; nothing when no tensor of the state shows
/// it.
std::optional<Shape> shape_from_state(const model::Tree& tree, model::NodeId state);

/// A text that is equal for equal ids even when they are different nodes; for use as a map key.
std::string identity_of(const model::Tree& tree, model::NodeId id);

}  // namespace ckpt::optim
