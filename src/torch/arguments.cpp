// Every accessor throws Error{malformed} that names the function, the argument, and what was
// expected.

#include "torch/arguments.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::torch {

namespace {

using pickle::Kind;

/// The tuple inside torch.Size((...)); other nodes unchanged.
pickle::NodeId inside_size(const pickle::Graph& graph, pickle::NodeId id) {
  if (!graph.is(id, Kind::object)) return id;
  const pickle::Object& object = graph.object(id);
  if (!graph.is_global(object.callable, "torch", "Size") || !graph.is(object.args, Kind::tuple))
    return id;
  const auto args = graph.items(object.args);
  return args.size() == 1 ? args[0] : id;
}

}  // namespace

Arguments::Arguments(const pickle::Graph& graph, pickle::NodeId tuple, std::size_t least,
                     std::string_view function)
    : graph_(graph), function_(function) {
  if (!graph.is(tuple, Kind::tuple)) throw_unexpected("arguments", "a tuple");
  items_ = graph.items(tuple);
  if (items_.size() < least)
    throw Error(ErrorKind::malformed, concat(function, ": expected ", counted(least, "argument"),
                                             ", got ", items_.size()));
}

std::int64_t Arguments::integer(std::size_t index, std::string_view what) const {
  if (!graph_.is(items_[index], Kind::integer)) throw_unexpected(what, "a 64-bit integer");
  return graph_.integer(items_[index]);
}

bool Arguments::boolean(std::size_t index, std::string_view what) const {
  const pickle::NodeId id = items_[index];
  if (graph_.is(id, Kind::boolean)) return graph_.boolean(id);
  return integer(index, what) != 0;
}

std::vector<std::int64_t> Arguments::integers(std::size_t index, std::string_view what) const {
  const pickle::NodeId id = inside_size(graph_, items_[index]);
  if (!graph_.is(id, Kind::tuple) && !graph_.is(id, Kind::list))
    throw_unexpected(what, "a tuple of integers");
  const auto items = graph_.items(id);
  std::vector<std::int64_t> numbers;
  numbers.reserve(items.size());
  for (const pickle::NodeId item : items) {
    if (!graph_.is(item, Kind::integer)) throw_unexpected(what, "a tuple of integers");
    numbers.push_back(graph_.integer(item));
  }
  return numbers;
}

std::optional<model::DType> Arguments::find_dtype(std::size_t index) const {
  if (!graph_.is(items_[index], Kind::global)) throw_unexpected("dtype", "a torch dtype");
  const pickle::Global named = graph_.global(items_[index]);
  // A name with dots is an attribute of something; older protocols write it as a call.
  if (named.module != "torch" || named.name.find('.') != named.name.npos)
    throw_unknown_dtype(named);
  return model::find_dtype(named.name);
}

model::DType Arguments::dtype(std::size_t index) const {
  if (const auto dtype = find_dtype(index)) return *dtype;
  throw_unknown_dtype(graph_.global(items_[index]));
}

void Arguments::throw_unknown_dtype(const pickle::Global& named) const {
  throw Error(ErrorKind::unsupported,
              concat(function_, ": unknown dtype ", quote(concat(named.module, '.', named.name))));
}

bool Arguments::is_no_hooks(std::size_t index) const {
  return index >= items_.size() || graph_.is(items_[index], Kind::none) ||
         is_empty_ordered_dict(graph_, items_[index]);
}

void Arguments::throw_unexpected(std::string_view what, std::string_view expected) const {
  throw Error(ErrorKind::malformed, concat(function_, ": ", what, " is not ", expected));
}

bool is_empty_ordered_dict(const pickle::Graph& graph, pickle::NodeId id) {
  if (!graph.is(id, Kind::object)) return false;
  const pickle::Object& object = graph.object(id);
  return object.construction == pickle::Construction::reduce && object.steps.empty() &&
         graph.is_global(object.callable, "collections", "OrderedDict") &&
         graph.is(object.args, Kind::tuple) && graph.items(object.args).empty();
}

}  // namespace ckpt::torch
