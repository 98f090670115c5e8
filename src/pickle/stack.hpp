// The stack of the pickle machine: values, and marks that a single pop does not cross.
//
// Python 2, and Python 3 before 3.6, had no such protection: in `N ( 0 0` their second POP took the
// None from below the mark. With Marks::may_be_crossed the stack does the same and remembers it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

enum class Marks : std::uint8_t { fence, may_be_crossed };

/// Every pop checks that enough values are above the mark, and throws Error{malformed} otherwise.
class Stack {
 public:
  explicit Stack(Marks marks) : marks_may_be_crossed_(marks == Marks::may_be_crossed) {}

  /// Whether a value was taken from below a mark.
  bool has_crossed_mark() const { return has_crossed_mark_; }

  void push(NodeId value) { values_.push_back(value); }
  void push_mark() { marks_.push_back(values_.size()); }

  NodeId top() {
    require(1);
    return values_.back();
  }
  NodeId pop() {
    const NodeId value = top();
    values_.pop_back();
    return value;
  }
  /// The opcode POP: removes the topmost value, or the mark if it is on top.
  void pop_value_or_mark();

  /// The topmost `count` values. Throws Error{malformed} when a mark or the bottom is among them.
  /// Valid until the stack changes.
  std::span<const NodeId> top_values(std::size_t count) {
    require(count);
    return std::span<const NodeId>(values_).last(count);
  }
  void drop(std::size_t count) { values_.resize(values_.size() - count); }

  /// The values above the topmost mark. Throws Error{malformed} when there is no mark.
  std::span<const NodeId> values_above_mark() const;
  /// The value directly below the topmost mark, with no other mark between.
  NodeId value_below_mark();
  /// Removes the topmost mark, which must exist, and everything above it.
  void drop_to_mark();

 private:
  std::size_t fence() const { return marks_.empty() ? 0 : std::min(marks_.back(), values_.size()); }
  void require(std::size_t count) {
    if (values_.size() - fence() < count) cross_mark(count);
  }
  void cross_mark(std::size_t count);
  void require_mark() const;

  std::vector<NodeId> values_;
  std::vector<std::size_t> marks_;  // for each mark, the number of values below it
  bool marks_may_be_crossed_;
  bool has_crossed_mark_ = false;
};

}  // namespace ckpt::pickle
