#include "pickle/stack.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::pickle {

void Stack::throw_short(std::size_t count) const {
  throw Error(ErrorKind::malformed,
              concat("expected ", counted(count, "value"), " on the stack",
                     marks_.empty() ? "" : " above the mark", ", got ", values_.size() - fence()));
}

void Stack::require_mark() const {
  if (marks_.empty()) throw Error(ErrorKind::malformed, "expected a mark on the stack, got none");
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

NodeId Stack::value_below_mark() const {
  require_mark();
  const std::size_t lower_fence = marks_.size() < 2 ? 0 : marks_[marks_.size() - 2];
  if (marks_.back() == lower_fence)
    throw Error(ErrorKind::malformed, "expected a value below the mark, got none");
  return values_[marks_.back() - 1];
}

void Stack::drop_to_mark() {
  values_.resize(marks_.back());
  marks_.pop_back();
}

}  // namespace ckpt::pickle
