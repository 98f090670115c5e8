// Which entry of one state dict belongs to which of another, and whether it fits: what
// load_state_dict finds out before it copies. Names, shapes and dtypes only; no element is read.
//
//   source             target             pairing
//   fc.weight  5x3     fc.weight  4x3     mismatched: other shape, axis 0
//   fc.bias    4       fc.bias    4       pair
//   aux.bias   4                          unexpected
//                      bn.weight  4       missing
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ckpt/model/role.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::match {

/// An entry of a state dict, as pairing sees it.
struct Named {
  std::string name;                    ///< its key
  std::string common_name;             ///< by which it is paired: its key, renamed
  model::NodeId key = model::no_node;  ///< of its dict; no_node in a pickled module
  model::NodeId node = model::no_node;
  std::optional<model::Tensor> tensor = {};  ///< none: another value, or _extra_state
  model::Role role = model::Role::parameter;

  /// An item of a list of tensors, by its index: nothing tells parameters from buffers there.
  bool is_listed = false;

  bool is_buffer() const { return tensor && role == model::Role::buffer; }
};

/// Whether a module keeps there what get_extra_state() gave: of any type, replaced as a whole.
bool is_extra_state(std::string_view name);

/// The entries of `root` whose keys are texts, in the order of the file, under their own names; of
/// a pickled module what its state_dict() would hold; the tensors of a list that holds nothing
/// else, as averages of weights are kept: {'shadow_params': [...]}. Throws Error{conflict} when the
/// root is none of these.
std::vector<Named> named_entries(const model::Tree& tree, const model::Root& root);

enum class Fit : std::uint8_t {
  same,         ///< shape and dtype
  scalar,       ///< one element for a scalar, as torch 0.3 saved them
  cast,         ///< other dtype, of which a cast was asked for
  slice,        ///< the source is longer along `axes`; its first elements fit
  pad,          ///< the source is shorter along `axes`; it fills the first elements
  other_shape,  ///< this and what follows does not fit
  other_dtype,
  other_kind,  ///< sparse and strided, a tensor and a number
};

constexpr bool is_mismatch(Fit fit) { return fit >= Fit::other_shape; }

struct Pair {
  std::size_t source = 0;  ///< index among the entries given
  std::size_t target = 0;
  Fit fit = Fit::same;
  /// Where the shapes differ, when both have as many axes.
  std::vector<std::size_t> axes = {};
};

struct Pairing {
  std::vector<Pair> pairs;              ///< in the order of the target; mismatches too
  std::vector<std::size_t> missing;     ///< of the target, not in the source
  std::vector<std::size_t> unexpected;  ///< of the source, not in the target
  /// Of the target, not in the source, and not missed by torch: see is_counter_of_old_norm.
  std::vector<std::size_t> defaulted;

  std::size_t mismatch_count() const;
};

enum class ShapeRule : std::uint8_t { equal, may_slice, may_pad };

struct PairingOptions {
  ShapeRule shapes = ShapeRule::equal;
  /// Whether a dtype is cast to another; empty: dtypes must be equal.
  std::function<bool(model::DType from, model::DType to)> can_cast = {};
  /// What the source says of its modules, under common names: see module_versions().
  std::unordered_map<std::string, std::int64_t> source_versions = {};
  std::string source_place = "the source";  ///< for messages: "run.pt:ema"
  std::string target_place = "the target";
};

/// Throws Error{conflict} naming both keys when two entries of one side have one common name.
Pairing pair_by_name(const std::vector<Named>& sources, const std::vector<Named>& targets,
                     const PairingOptions& options);

/// The n-th parameter of the source with the n-th of the target, buffers likewise; where one side
/// is a list, the n-th tensor with the n-th. Other values than tensors take no part.
/// Throws Error{conflict} when counts differ, or a pair does not fit: names, places and shapes.
Pairing pair_by_order(const std::vector<Named>& sources, const std::vector<Named>& targets,
                      const PairingOptions& options);

/// `version` of each module in the `_metadata` of a state dict, under the name that `renamed` gives
/// the module.
std::unordered_map<std::string, std::int64_t> module_versions(
    const model::Tree& tree, model::NodeId state_dict,
    const std::function<std::string(std::string_view)>& renamed);

}  // namespace ckpt::match
