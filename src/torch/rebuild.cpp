// Each rebuild function of torch is one row of `rebuild_rows`: its name, and a function that turns
// its arguments into a model::Tensor. A call that is not understood completely stays an object.

#include "torch/rebuild.hpp"

#include <array>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "torch/arguments.hpp"

namespace ckpt::torch {

namespace {

using model::DType;
using model::Tensor;
using model::TensorForm;
using pickle::Global;
using pickle::Graph;
using pickle::Kind;
using pickle::NodeId;

/// A call of `function` with `args`; both are nodes of `graph`.
struct Call {
  const Graph& graph;
  NodeId function;
  NodeId args;
  StorageTable& storages;
  /// How many wrappers were entered. Limited, because a file could nest wrappers without end.
  int depth = 0;
};

std::optional<Rebuilt> find_result(const Call& call);
std::optional<Rebuilt> find_object(const Call& from, NodeId object);

void require_inside_storage(const Tensor& tensor, const model::Storage& storage) {
  const std::int64_t reach = reach_elements(tensor.layout);
  const model::DTypeRow& row = row_of(tensor.dtype);
  const std::uint64_t needed =
      row.elements_per_byte > 1 ? dense_bytes(tensor)
                                : checked_multiply<std::uint64_t>(static_cast<std::uint64_t>(reach),
                                                                  row.size_bytes, "tensor bytes");
  if (needed > storage.size_bytes())
    throw Error(
        ErrorKind::malformed,
        concat("a tensor of shape ", shape_text(tensor.layout.shape), " reaches to byte ", needed,
               " of storage ", quote(storage.key), ", which has ", storage.size_bytes()));
}

/// A tensor from (storage, offset, size, stride, ...), with the dtype of the storage or `dtype`.
Tensor view_of_storage(const Call& call, const Arguments& args, std::optional<DType> dtype) {
  if (!call.graph.is(args[0], Kind::persistent))
    throw Error(ErrorKind::malformed, "a tensor without a storage reference");
  Tensor tensor{.layout = {.shape = args.integers(2, "size"),
                           .stride_elements = args.integers(3, "stride"),
                           .offset_elements = args.integer(1, "storage offset")},
                .storage = call.storages.storage_of(args[0])};
  const model::Storage& storage = call.storages.storage(tensor.storage);
  tensor.dtype = dtype ? *dtype : storage.dtype.value_or(DType::uint8);
  require_inside_storage(tensor, storage);
  return tensor;
}

bool has_flag(const Graph& graph, NodeId metadata, std::string_view flag) {
  if (!graph.is(metadata, Kind::dict)) return false;
  for (const pickle::Entry& entry : graph.entries(metadata))
    if (graph.is_text(entry.key, flag) && graph.is(entry.value, Kind::boolean))
      return graph.boolean(entry.value);
  return false;
}

void read_metadata(const Call& call, const Arguments& args, std::size_t index, Rebuilt& rebuilt) {
  if (index >= args.size()) return;
  rebuilt.tensor.is_conjugated = has_flag(call.graph, args[index], "conj");
  rebuilt.tensor.is_negated = has_flag(call.graph, args[index], "neg");
  rebuilt.is_complete = false;
}

std::optional<Rebuilt> rebuild_tensor(const Call& call) {
  const Arguments args(call.graph, call.args, 4, "_rebuild_tensor");
  return Rebuilt{view_of_storage(call, args, {}), args.size() == 4};
}

std::optional<Rebuilt> rebuild_tensor_v2(const Call& call) {
  const Arguments args(call.graph, call.args, 5, "_rebuild_tensor_v2");
  Rebuilt rebuilt{view_of_storage(call, args, {}), args.is_no_hooks(5)};
  rebuilt.tensor.requires_grad = args.boolean(4, "requires_grad");
  read_metadata(call, args, 6, rebuilt);
  return rebuilt;
}

std::optional<Rebuilt> rebuild_tensor_v3(const Call& call) {
  const Arguments args(call.graph, call.args, 7, "_rebuild_tensor_v3");
  Rebuilt rebuilt{view_of_storage(call, args, args.dtype(6)), args.is_no_hooks(5)};
  rebuilt.tensor.requires_grad = args.boolean(4, "requires_grad");
  read_metadata(call, args, 7, rebuilt);
  return rebuilt;
}

std::optional<Rebuilt> rebuild_qtensor(const Call& call) {
  const Arguments args(call.graph, call.args, 6, "_rebuild_qtensor");
  Rebuilt rebuilt{view_of_storage(call, args, {}), false};
  rebuilt.tensor.requires_grad = args.boolean(5, "requires_grad");
  return rebuilt;
}

std::optional<Rebuilt> rebuild_parameter(const Call& call) {
  const Arguments args(call.graph, call.args, 2, "_rebuild_parameter");
  std::optional<Rebuilt> rebuilt = find_object(call, args[0]);
  if (!rebuilt) return std::nullopt;
  // torch writes the data of a Parameter without requires_grad. Any other combination is kept as an
  // object.
  rebuilt->is_complete = rebuilt->is_complete && !rebuilt->tensor.requires_grad &&
                         args.size() == 3 && args.is_no_hooks(2) &&
                         rebuilt->tensor.form == TensorForm::strided;
  rebuilt->tensor.requires_grad = args.boolean(1, "requires_grad");
  rebuilt->tensor.is_parameter = true;
  return rebuilt;
}

std::optional<Rebuilt> rebuild_parameter_with_state(const Call& call) {
  std::optional<Rebuilt> rebuilt = rebuild_parameter(call);
  if (rebuilt) rebuilt->is_complete = false;
  return rebuilt;
}

/// torch.nn.parameter.Parameter(tensor[, requires_grad])
std::optional<Rebuilt> make_parameter(const Call& call) {
  const Arguments args(call.graph, call.args, 0, "Parameter");
  std::optional<Rebuilt> rebuilt = args.size() == 0 ? std::nullopt : find_object(call, args[0]);
  if (!rebuilt) return std::nullopt;
  rebuilt->is_complete = false;
  rebuilt->tensor.requires_grad = args.size() < 2 || args.boolean(1, "requires_grad");
  rebuilt->tensor.is_parameter = true;
  return rebuilt;
}

/// (function, type, arguments, state): the result of the function with Python attributes.
std::optional<Rebuilt> rebuild_from_type(const Call& call) {
  const Arguments args(call.graph, call.args, 4, "_rebuild_from_type_v2");
  if (call.depth == 0) return std::nullopt;
  call.storages.shared_arguments().count_tuple(args[2]);
  std::optional<Rebuilt> rebuilt =
      find_result({call.graph, args[0], args[2], call.storages, call.depth - 1});
  if (rebuilt) rebuilt->is_complete = false;
  return rebuilt;
}

std::optional<TensorForm> find_sparse_form(std::string_view layout) {
  struct Row {
    std::string_view layout;
    TensorForm form;
  };
  constexpr std::array rows{Row{"torch.sparse_coo", TensorForm::sparse_coo},
                            Row{"torch.sparse_csr", TensorForm::sparse_csr},
                            Row{"torch.sparse_csc", TensorForm::sparse_csc},
                            Row{"torch.sparse_bsr", TensorForm::sparse_bsr},
                            Row{"torch.sparse_bsc", TensorForm::sparse_bsc}};
  for (const Row& row : rows)
    if (row.layout == layout) return row.form;
  return std::nullopt;
}

/// The text in torch.serialization._get_layout('torch.sparse_coo').
std::string_view layout_name(const Graph& graph, NodeId id) {
  if (!graph.is(id, Kind::object)) return {};
  const NodeId args = graph.object(id).args;
  if (!graph.is(args, Kind::tuple) || graph.items(args).size() != 1) return {};
  const NodeId name = graph.items(args)[0];
  return graph.is(name, Kind::text) ? graph.text(name) : std::string_view{};
}

/// Arguments: (layout, (indices, values, size[, is_coalesced])) or
/// (layout, (compressed, plain, values, size)).
std::optional<Rebuilt> rebuild_sparse(const Call& call) {
  const Arguments outer(call.graph, call.args, 2, "_rebuild_sparse_tensor");
  const auto form = find_sparse_form(layout_name(call.graph, outer[0]));
  if (!form) return std::nullopt;
  const bool is_coo = *form == TensorForm::sparse_coo;
  call.storages.shared_arguments().count_tuple(outer[1]);
  const Arguments parts(call.graph, outer[1], is_coo ? 3 : 4, "_rebuild_sparse_tensor");
  const std::optional<Rebuilt> values = find_object(call, parts[is_coo ? 1 : 2]);
  if (!values) return std::nullopt;
  return Rebuilt{Tensor{.form = *form,
                        .dtype = values->tensor.dtype,
                        .layout = {.shape = parts.integers(is_coo ? 2 : 3, "size")}}};
}

std::optional<Rebuilt> rebuild_meta(const Call& call) {
  const Arguments args(call.graph, call.args, 4, "_rebuild_meta_tensor_no_storage");
  // A dtype that ckpt does not know is no problem: there are no bytes to read, so it stays an
  // object.
  const std::optional<DType> dtype = args.find_dtype(0);
  if (!dtype) return std::nullopt;
  Rebuilt rebuilt{Tensor{.form = TensorForm::meta,
                         .dtype = *dtype,
                         .layout = {.shape = args.integers(1, "size"),
                                    .stride_elements = args.integers(2, "stride")}}};
  rebuilt.tensor.requires_grad = args.boolean(3, "requires_grad");
  return rebuilt;
}

/// (buffer, sizes, strides, storage_offsets): components of different shapes in one buffer.
std::optional<Rebuilt> rebuild_nested(const Call& call) {
  const Arguments args(call.graph, call.args, 1, "_rebuild_nested_tensor");
  const std::optional<Rebuilt> buffer = find_object(call, args[0]);
  if (!buffer) return std::nullopt;
  return Rebuilt{Tensor{.form = TensorForm::nested,
                        .dtype = buffer->tensor.dtype,
                        .layout = {.shape = buffer->tensor.layout.shape}}};
}

/// (class, dtype, size, stride, offset, layout, device, requires_grad), for example DTensor.
std::optional<Rebuilt> rebuild_wrapper_subclass(const Call& call) {
  const Arguments args(call.graph, call.args, 8, "_rebuild_wrapper_subclass");
  Rebuilt rebuilt{Tensor{.form = TensorForm::subclass,
                         .dtype = args.dtype(1),
                         .layout = {.shape = args.integers(2, "size")}}};
  rebuilt.tensor.requires_grad = args.boolean(7, "requires_grad");
  return rebuilt;
}

struct RebuildRow {
  std::string_view module;
  std::string_view name;
  std::optional<Rebuilt> (*rebuild)(const Call&);
};

constexpr std::array rebuild_rows{
    RebuildRow{"torch._utils", "_rebuild_tensor_v2", rebuild_tensor_v2},
    RebuildRow{"torch._utils", "_rebuild_tensor", rebuild_tensor},
    RebuildRow{"torch._utils", "_rebuild_tensor_v3", rebuild_tensor_v3},
    RebuildRow{"torch._utils", "_rebuild_parameter", rebuild_parameter},
    RebuildRow{"torch._utils", "_rebuild_parameter_with_state", rebuild_parameter_with_state},
    RebuildRow{"torch.nn.parameter", "Parameter", make_parameter},
    RebuildRow{"torch._tensor", "_rebuild_from_type_v2", rebuild_from_type},
    RebuildRow{"torch._tensor", "_rebuild_from_type", rebuild_from_type},
    RebuildRow{"torch.tensor", "_rebuild_from_type", rebuild_from_type},
    RebuildRow{"torch._utils", "_rebuild_qtensor", rebuild_qtensor},
    RebuildRow{"torch._utils", "_rebuild_sparse_tensor", rebuild_sparse},
    RebuildRow{"torch._utils", "_rebuild_sparse_csr_tensor", rebuild_sparse},
    RebuildRow{"torch._utils", "_rebuild_meta_tensor_no_storage", rebuild_meta},
    RebuildRow{"torch._utils", "_rebuild_nested_tensor", rebuild_nested},
    RebuildRow{"torch._utils", "_rebuild_wrapper_subclass", rebuild_wrapper_subclass},
};

std::optional<Rebuilt> find_result(const Call& call) {
  if (!call.graph.is(call.function, Kind::global)) return std::nullopt;
  const Global named = call.graph.global(call.function);
  for (const RebuildRow& row : rebuild_rows)
    if (row.name == named.name && row.module == named.module) return row.rebuild(call);
  return std::nullopt;
}

/// The tensor that `object`, an argument of the call `from`, would be.
std::optional<Rebuilt> find_object(const Call& from, NodeId object) {
  if (from.depth == 0 || !from.graph.is(object, Kind::object)) return std::nullopt;
  const pickle::Object& made = from.graph.object(object);
  from.storages.shared_arguments().count(made);
  return find_result({from.graph, made.callable, made.args, from.storages, from.depth - 1});
}

}  // namespace

std::optional<Rebuilt> find_rebuilt(const Graph& graph, NodeId object, StorageTable& storages) {
  constexpr int deepest_wrapping = 4;
  const pickle::Object& made = graph.object(object);
  std::optional<Rebuilt> rebuilt =
      find_result({graph, made.callable, made.args, storages, deepest_wrapping});
  // Steps changed the tensor after its creation: keep them with the object.
  if (rebuilt && !made.steps.empty()) rebuilt->is_complete = false;
  return rebuilt;
}

}  // namespace ckpt::torch
