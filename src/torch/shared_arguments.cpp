// The first use of a value is free. Later uses add its length to a total, which the size of the
// graph limits.

#include "torch/shared_arguments.hpp"

#include "ckpt/base/error.hpp"

namespace ckpt::torch {

using pickle::Kind;

void SharedArguments::count(const pickle::Object& object) {
  count_tuple(object.args);
  for (const pickle::Step& step : object.steps)
    if (step.kind == pickle::StepKind::build) count(step.value);
}

void SharedArguments::count_tuple(pickle::NodeId tuple) {
  count(tuple);
  if (!graph_.is(tuple, Kind::tuple)) return;
  for (const pickle::NodeId item : graph_.items(tuple)) count(item);
}

void SharedArguments::count(pickle::NodeId value) {
  constexpr std::size_t small = 64;
  const std::size_t size = size_of(value);
  if (size <= small || seen_.insert(value).second) return;
  if (size > left_)
    throw Error(ErrorKind::limit, "values given to one call after the other unfold without end");
  left_ -= size;
}

std::size_t SharedArguments::size_of(pickle::NodeId value) const {
  // A name or location of a few hundred bytes is copied as fast as a few items.
  constexpr std::size_t bytes_per_item = 16;
  switch (graph_.kind(value)) {
    case Kind::list:
    case Kind::tuple:
      return graph_.items(value).size();
    case Kind::dict:
      return graph_.entries(value).size();
    case Kind::text:
    case Kind::raw_text:
      return graph_.text(value).size() / bytes_per_item;
    default:
      return 0;
  }
}

}  // namespace ckpt::torch
