// Which calls and states the allowed globals of weights_only take, judged by the types of their
// arguments; what each call gives is known from the table of allowed globals.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ckpt/pickle/graph.hpp"
#include "ckpt/torch/allowed_globals.hpp"
#include "ckpt/torch/weights_only.hpp"

namespace ckpt::torch {

class CallRules {
 public:
  /// `graph` must outlive this.
  CallRules(const pickle::Graph& graph, Origin origin)
      : graph_(graph), storage_parts_(origin == Origin::zip ? 5 : 6) {}

  // Each returns why torch would refuse, or nothing.
  std::optional<std::string> find_wrong_call(pickle::NodeId object) const;
  std::optional<std::string> find_wrong_build(pickle::NodeId target, pickle::NodeId state) const;
  std::optional<std::string> find_wrong_storage(pickle::NodeId persistent) const;

  /// Of what takes_items().
  bool has_unhashable_key(pickle::NodeId object) const;

  /// SETITEM may be applied: an OrderedDict or a Counter. (Dicts are not asked about.)
  bool takes_items(pickle::NodeId target) const;

 private:
  std::optional<AllowedGlobal> allowed_of(pickle::NodeId global) const;
  Gives type_of(pickle::NodeId node) const;
  bool is_text(pickle::NodeId node) const;
  bool is_integer(pickle::NodeId node) const;
  bool is_number(pickle::NodeId node) const;
  bool is_tensor(pickle::NodeId node) const;
  bool is_mapping(pickle::NodeId node) const;
  bool is_iterable(pickle::NodeId node) const;
  bool is_hashable(pickle::NodeId node) const;
  bool is_global_path(pickle::NodeId node, std::string_view path) const;
  std::span<const pickle::NodeId> items_or_none(pickle::NodeId node) const;
  bool are_integers(pickle::NodeId node) const;
  bool are_pairs(pickle::NodeId node) const;
  bool takes(const AllowedGlobal& callable, std::span<const pickle::NodeId> args) const;
  bool is_device(std::span<const pickle::NodeId> args) const;
  bool is_encodable(std::span<const pickle::NodeId> args) const;
  bool fills_byte_array(std::span<const pickle::NodeId> args) const;
  bool is_rebuild(const AllowedGlobal& callable, std::span<const pickle::NodeId> args) const;

  const pickle::Graph& graph_;
  std::size_t storage_parts_;
};

}  // namespace ckpt::torch
