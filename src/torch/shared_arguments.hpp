// Limits the work that shared arguments of calls can cause.
#pragma once

#include <unordered_set>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

/// The arguments of a call are copied into the object made of it, or searched. A pickle of
/// kilobytes can give one list of thousands of items to thousands of calls. The first use of a
/// value is free, and so are small values; the total length of all other uses may not exceed the
/// number of values in the pickle.
class SharedArguments {
 public:
  explicit SharedArguments(const pickle::Graph& graph) : graph_(graph), left_(graph.size() + few) {}

  /// Throws Error{limit} when shared values were used more often than the size of the pickle
  /// allows.
  void count(const pickle::Object& object);
  void count(pickle::NodeId value);
  /// Counts a value and, if it is a tuple, its items.
  void count_tuple(pickle::NodeId tuple);

 private:
  static constexpr std::size_t few = std::size_t{1} << 16;

  std::size_t size_of(pickle::NodeId value) const;

  const pickle::Graph& graph_;
  std::size_t left_;
  std::unordered_set<pickle::NodeId> seen_;
};

}  // namespace ckpt::torch
