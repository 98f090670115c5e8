// Decides whether torch's weights_only unpickler accepts a call or a state, from the types of the
// arguments. Nothing is called: what each allowed global returns is in the table of allowed
// globals.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ckpt/model/dtype.hpp"
#include "ckpt/pickle/graph.hpp"
#include "ckpt/torch/allowed_globals.hpp"
#include "ckpt/torch/weights_only.hpp"

namespace ckpt::torch {

/// Checks calls and states of one graph.
class CallRules {
 public:
  /// `graph` must outlive this object.
  CallRules(const pickle::Graph& graph, Origin origin);

  // Each returns why torch would refuse, or nothing when it would not.
  std::optional<std::string> find_wrong_call(pickle::NodeId object) const;
  std::optional<std::string> find_wrong_build(pickle::NodeId target, pickle::NodeId state) const;
  std::optional<std::string> find_wrong_storage(pickle::NodeId persistent) const;

  /// `mapping` is a dict, or an object for which takes_items() is true.
  bool has_unhashable_key(pickle::NodeId mapping) const;

  /// Whether SETITEM works on the object: an OrderedDict or a Counter. (Not called for dicts.)
  bool takes_items(pickle::NodeId target) const;

 private:
  // A pickle can refer to one large value thousands of times in a few bytes each. A check of all
  // its items is therefore made once, and the answer is remembered.
  enum class Question : std::uint8_t {
    are_hashable,
    are_integers,
    are_pairs,
    are_byte_values,
    are_text_keys,
    has_conj_key
  };
  template <class Ask>
  bool ask_once(Question question, pickle::NodeId node, Ask&& ask) const;
  struct Characters {
    bool is_valid = true;  ///< valid UTF-8, surrogates allowed
    bool has_surrogates = false;
    char32_t largest = 0;
  };
  Characters characters_of(pickle::NodeId text) const;

  std::optional<AllowedGlobal> allowed_of(pickle::NodeId global) const;
  Gives type_of(pickle::NodeId node) const;
  bool is_text(pickle::NodeId node) const;
  bool is_integer(pickle::NodeId node) const;
  bool is_number(pickle::NodeId node) const;
  bool is_tensor(pickle::NodeId node) const;
  bool is_mapping(pickle::NodeId node) const;
  bool is_iterable(pickle::NodeId node) const;
  bool is_hashable(pickle::NodeId node) const;
  bool is_made_unhashable(pickle::NodeId node) const;
  bool are_hashable(pickle::NodeId node) const;
  bool is_global_path(pickle::NodeId node, std::string_view path) const;
  std::span<const pickle::NodeId> items_or_none(pickle::NodeId node) const;
  bool are_integers(pickle::NodeId node) const;
  bool are_pairs(pickle::NodeId node) const;
  bool has_text_keys(pickle::NodeId dict) const;
  bool has_conj_key(pickle::NodeId dict) const;
  bool takes(const AllowedGlobal& callable, std::span<const pickle::NodeId> args) const;
  bool is_filling(pickle::NodeId node) const;
  bool is_device(std::span<const pickle::NodeId> args) const;
  bool is_encodable(std::span<const pickle::NodeId> args) const;
  bool fills_byte_array(std::span<const pickle::NodeId> args) const;

  // ---- calls that create tensors: call_rules_tensors.cpp
  using Shape = std::vector<std::int64_t>;
  bool is_rebuild(const AllowedGlobal& callable, std::span<const pickle::NodeId> args) const;
  bool makes_parameter(const AllowedGlobal& callable, std::span<const pickle::NodeId> args) const;
  bool makes_quantized(std::span<const pickle::NodeId> args) const;
  bool makes_sparse(std::span<const pickle::NodeId> args) const;
  bool makes_nested(std::span<const pickle::NodeId> args) const;
  bool makes_meta(std::span<const pickle::NodeId> args) const;
  bool makes_by_type(std::span<const pickle::NodeId> args) const;
  bool makes_by_class(std::string_view path, std::span<const pickle::NodeId> args) const;
  bool sets_storage(pickle::NodeId tensor, std::span<const pickle::NodeId> args) const;
  bool is_gradient_flag(pickle::NodeId flag, std::optional<model::DType> dtype) const;
  bool is_metadata(pickle::NodeId metadata, std::optional<model::DType> dtype) const;
  bool is_attributes(pickle::NodeId state) const;
  bool is_true(pickle::NodeId node) const;
  bool is_falsy(pickle::NodeId node) const;
  /// Nothing when the file does not declare it in a known way.
  std::optional<model::DType> dtype_of_storage(pickle::NodeId storage) const;
  std::optional<model::DType> dtype_of_tensor(pickle::NodeId tensor) const;
  std::optional<model::DType> named_dtype(pickle::NodeId dtype) const;
  std::optional<Shape> shape_of_tensor(pickle::NodeId tensor) const;
  std::optional<Shape> find_shape(pickle::NodeId sizes) const;
  bool may_copy(std::size_t count) const;

  const pickle::Graph& graph_;
  Origin origin_;
  std::vector<bool> is_unhashable_;  // by node
  mutable std::size_t dimensions_left_;
  mutable std::unordered_map<std::uint64_t, bool> answers_;  // by node and question
  mutable std::unordered_map<pickle::NodeId, Characters> characters_;
};

}  // namespace ckpt::torch
