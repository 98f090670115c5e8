// The arguments of a call that nobody makes, read by position and checked by type.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ckpt/model/dtype.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

class Arguments {
 public:
  /// `tuple` must be a tuple of at least `least` items: Error{malformed} naming `function`.
  Arguments(const pickle::Graph& graph, pickle::NodeId tuple, std::size_t least,
            std::string_view function);

  std::size_t size() const { return items_.size(); }
  pickle::NodeId operator[](std::size_t index) const { return items_[index]; }

  std::int64_t integer(std::size_t index, std::string_view what) const;
  bool boolean(std::size_t index, std::string_view what) const;
  /// A tuple, list or torch.Size of integers.
  std::vector<std::int64_t> integers(std::size_t index, std::string_view what) const;
  model::DType dtype(std::size_t index) const;
  /// Nothing for a dtype of torch that the model does not have: torch.uint4.
  std::optional<model::DType> find_dtype(std::size_t index) const;
  /// Absent, None, or an OrderedDict without entries: what torch writes for "no hooks".
  bool is_no_hooks(std::size_t index) const;

 private:
  [[noreturn]] void throw_unexpected(std::string_view what, std::string_view expected) const;
  [[noreturn]] void throw_unknown_dtype(const pickle::Global& named) const;

  const pickle::Graph& graph_;
  std::span<const pickle::NodeId> items_;
  std::string_view function_;
};

/// An OrderedDict made by a call without arguments and without any step after it.
bool is_empty_ordered_dict(const pickle::Graph& graph, pickle::NodeId id);

}  // namespace ckpt::torch
