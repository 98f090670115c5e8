#include "pickle/stack.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::pickle {

void Stack::cross_mark(std::size_t count) {
  if (marks_may_be_crossed_ && values_.size() >= count) {
    has_crossed_mark_ = true;
    return;
  }
  throw Error(ErrorKind::malformed,
              concat("expected ", counted(count, "value"), " on the stack",
                     marks_.empty() ? "" : " above the mark", ", got ", values_.size() - fence()));
}

void Stack::require_mark() const {
  if (marks_.empty()) throw Error(ErrorKind::malformed, "expected a mark on the stack, got none");
  if (marks_.back() > values_.size())  // only possible where marks may be crossed
    throw Error(ErrorKind::malformed, "expected a mark on the stack, got one that was crossed");
}

void Stack::pop_value_or_mark() {
  const bool is_mark_topmost = !marks_.empty() && marks_.back() == values_.size();
  if (is_mark_topmost)
    marks_.pop_back();
  else
    pop();
}

std::span<const NodeId> Stack::values_above_mark() const {
  require_mark();
  return std::span(values_).subspan(marks_.back());
}

NodeId Stack::value_below_mark() {
  require_mark();
  const std::size_t lower_fence = marks_.size() < 2 ? 0 : marks_[marks_.size() - 2];
  const bool is_below_another = marks_.back() <= lower_fence;
  if (is_below_another && marks_may_be_crossed_ && marks_.back() > 0)
    has_crossed_mark_ = true;
  else if (is_below_another)
    throw Error(ErrorKind::malformed, "expected a value below the mark, got none");
  return values_[marks_.back() - 1];
}

void Stack::drop_to_mark() {
  values_.resize(marks_.back());
  marks_.pop_back();
}

}  // namespace ckpt::pickle
