// What the calls of a pickle are given, counted where it is given again.
#pragma once

#include <unordered_set>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

/// What calls are given is copied into each object that is made of it, or looked through for it. A
/// pickle of kilobytes can give one list of thousands to thousands of calls. The first time is
/// free, and so are small values; all others may together be as long as the pickle has values.
class SharedArguments {
 public:
  explicit SharedArguments(const pickle::Graph& graph) : graph_(graph), left_(graph.size() + few) {}

  /// Throws Error{limit} when values were given again more often than the pickle is large.
  void count(const pickle::Object& object);
  void count(pickle::NodeId value);
  /// A value, and what it holds if it is a tuple.
  void count_tuple(pickle::NodeId tuple);

 private:
  static constexpr std::size_t few = std::size_t{1} << 16;

  std::size_t size_of(pickle::NodeId value) const;

  const pickle::Graph& graph_;
  std::size_t left_;
  std::unordered_set<pickle::NodeId> seen_;
};

}  // namespace ckpt::torch
