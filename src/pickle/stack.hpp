// The stack of the pickle machine: values, and marks between them that single pops do not cross.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

class Stack {
 public:
  void push(NodeId value) { values_.push_back(value); }
  void push_mark() { marks_.push_back(values_.size()); }

  NodeId top() const {
    require(1);
    return values_.back();
  }
  NodeId pop() {
    const NodeId value = top();
    values_.pop_back();
    return value;
  }
  /// What POP does: a mark goes if it is topmost.
  void pop_value_or_mark();

  /// The topmost `count` values. Throws Error{malformed} when a mark or the bottom is among them.
  /// Valid until the stack changes.
  std::span<const NodeId> top_values(std::size_t count) const {
    require(count);
    return std::span(values_).last(count);
  }
  void drop(std::size_t count) { values_.resize(values_.size() - count); }

  /// The values above the topmost mark. Throws Error{malformed} when there is no mark.
  std::span<const NodeId> values_above_mark() const;
  /// The value right below the topmost mark; no other mark may lie between.
  NodeId value_below_mark() const;
  /// Removes the topmost mark, which must exist, and what is above.
  void drop_to_mark();

 private:
  std::size_t fence() const { return marks_.empty() ? 0 : marks_.back(); }
  void require(std::size_t count) const {
    if (values_.size() - fence() < count) throw_short(count);
  }
  [[noreturn]] void throw_short(std::size_t count) const;
  void require_mark() const;

  std::vector<NodeId> values_;
  std::vector<std::size_t> marks_;  // each the number of values below it
};

}  // namespace ckpt::pickle
