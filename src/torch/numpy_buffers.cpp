#include "torch/numpy_buffers.hpp"

namespace ckpt::torch {

namespace {

using model::Kind;

/// numpy 2 renamed the package numpy.core to numpy._core.
std::string_view package_of(model::Symbol function) {
  if (function.name != "_frombuffer") return {};
  if (function.module == "numpy._core.numeric") return "numpy._core.";
  return function.module == "numpy.core.numeric" ? "numpy.core." : "";
}

}  // namespace

std::optional<BufferArray> find_buffer_array(const model::Tree& tree, model::NodeId id) {
  if (!tree.is(id, Kind::object)) return std::nullopt;
  const model::Object& object = tree.object(id);
  if (object.construction != model::Construction::reduce || !object.steps.empty() ||
      !tree.is(object.callable, Kind::symbol) || !tree.is(object.args, Kind::tuple))
    return std::nullopt;
  const std::string_view package = package_of(tree.symbol(object.callable));
  const auto args = tree.items(object.args);
  if (package.empty() || args.size() != 4 || !tree.is(args[2], Kind::tuple) ||
      !(tree.is(args[0], Kind::bytes) || tree.is(args[0], Kind::byte_array)))
    return std::nullopt;
  const bool is_fortran = tree.is_text(args[3], "F");
  if (!is_fortran && !tree.is_text(args[3], "C")) return std::nullopt;
  return BufferArray{package, args[0], args[1], args[2], is_fortran};
}

}  // namespace ckpt::torch
