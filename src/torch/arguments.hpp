// Reads the arguments of a recorded call by position and checks their types.
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
  /// Throws Error{malformed} naming `function` unless `tuple` is a tuple of at least `least` items.
  Arguments(const pickle::Graph& graph, pickle::NodeId tuple, std::size_t least,
            std::string_view function);

  std::size_t size() const { return items_.size(); }
  pickle::NodeId operator[](std::size_t index) const { return items_[index]; }

  std::int64_t integer(std::size_t index, std::string_view what) const;
  bool boolean(std::size_t index, std::string_view what) const;
  /// A tuple, list or torch.Size of integers.
  std::vector<std::int64_t> integers(std::size_t index, std::string_view what) const;
  model::DType dtype(std::size_t index) const;
  /// Nothing for a torch dtype that the model does not have, such as torch.uint4.
  std::optional<model::DType> find_dtype(std::size_t index) const;
  /// Whether the argument is absent, None, or an empty OrderedDict: what torch writes for "no
  /// hooks".
  bool is_no_hooks(std::size_t index) const;

 private:
  [[noreturn]] void throw_unexpected(std::string_view what, std::string_view expected) const;
  [[noreturn]] void throw_unknown_dtype(const pickle::Global& named) const;

  const pickle::Graph& graph_;
  std::span<const pickle::NodeId> items_;
  std::string_view function_;
};

/// Whether `id` is an OrderedDict that is created without arguments and gets no steps.
bool is_empty_ordered_dict(const pickle::Graph& graph, pickle::NodeId id);

}  // namespace ckpt::torch
