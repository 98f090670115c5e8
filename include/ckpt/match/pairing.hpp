// Pairs the entries of two state dicts and checks whether each pair fits, as load_state_dict does
// before it copies. Uses names, shapes and dtypes only; reads no element.
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

/// An entry of a state dict.
struct Named {
  std::string name;                    ///< its key
  std::string common_name;             ///< the key after renaming, by which entries are paired
  model::NodeId key = model::no_node;  ///< in its dict; no_node in a pickled module
  model::NodeId node = model::no_node;
  std::optional<model::Tensor> tensor = {};  ///< nothing: another value, or _extra_state
  model::Role role = model::Role::parameter;

  /// An item of a list of tensors, named by its index. A list does not tell parameters from
  /// buffers.
  bool is_listed = false;

  bool is_buffer() const { return tensor && role == model::Role::buffer; }
};

/// Whether a module stores the result of get_extra_state() under this key. It has any type and is
/// replaced as a whole.
bool is_extra_state(std::string_view name);

/// The entries of `root` with text keys, in file order and under their own names. For a pickled
/// module, the content of its state_dict(). For a list that holds only tensors, as averages of
/// weights are stored ({'shadow_params': [...]}), its items. Throws Error{conflict} for any other
/// root.
std::vector<Named> named_entries(const model::Tree& tree, const model::Root& root);

/// Whether and how a source fits its target.
enum class Fit : std::uint8_t {
  same,         ///< same shape and dtype
  scalar,       ///< one element for a scalar, as torch 0.3 saved scalars
  cast,         ///< another dtype, and the caller allows the cast
  slice,        ///< the source is longer along `axes`; its first elements are used
  pad,          ///< the source is shorter along `axes`; it fills the first elements
  other_shape,  ///< from here on: does not fit
  other_dtype,
  other_kind,  ///< for example sparse and strided, or a tensor and a number
};

constexpr bool is_mismatch(Fit fit) { return fit >= Fit::other_shape; }

/// A source and the target with the same common name.
struct Pair {
  std::size_t source = 0;  ///< index into the sources
  std::size_t target = 0;
  Fit fit = Fit::same;
  /// The axes in which the shapes differ, if the numbers of axes are equal.
  std::vector<std::size_t> axes = {};
};

struct Pairing {
  std::vector<Pair> pairs;              ///< in target order, mismatches included
  std::vector<std::size_t> missing;     ///< indices of targets without a source
  std::vector<std::size_t> unexpected;  ///< indices of sources without a target
  /// Indices of targets without a source that torch fills with a default: see
  /// is_counter_of_old_norm.
  std::vector<std::size_t> defaulted;

  std::size_t mismatch_count() const;
};

enum class ShapeRule : std::uint8_t { equal, may_slice, may_pad };

struct PairingOptions {
  ShapeRule shapes = ShapeRule::equal;
  /// Which casts are allowed; empty: dtypes must be equal.
  std::function<bool(model::DType from, model::DType to)> can_cast = {};
  /// The module versions of the source under common names: see module_versions().
  std::unordered_map<std::string, std::int64_t> source_versions = {};
  std::string source_place = "the source";  ///< for messages: "run.pt:ema"
  std::string target_place = "the target";
};

/// Throws Error{conflict} naming both keys when two entries of a side have the same common name.
Pairing pair_by_name(const std::vector<Named>& sources, const std::vector<Named>& targets,
                     const PairingOptions& options);

/// Pairs the n-th parameter with the n-th parameter and the n-th buffer with the n-th buffer; when
/// one side is a list, the n-th tensor with the n-th. Values that are not tensors are ignored.
/// Throws Error{conflict}, with names, positions and shapes, when the counts differ or a pair does
/// not fit.
Pairing pair_by_order(const std::vector<Named>& sources, const std::vector<Named>& targets,
                      const PairingOptions& options);

/// The `version` of each module in the `_metadata` of a state dict, under the name renamed(module).
std::unordered_map<std::string, std::int64_t> module_versions(
    const model::Tree& tree, model::NodeId state_dict,
    const std::function<std::string(std::string_view)>& renamed);

}  // namespace ckpt::match
