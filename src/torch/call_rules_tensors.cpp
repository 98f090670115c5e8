// The calls that create tensors: whether torch would accept their arguments, as far as the file
// declares them. Shapes and dtypes that come from other sources than torch.save's usual calls are
// assumed to fit.
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/torch/storage_classes.hpp"
#include "torch/call_rules.hpp"

namespace ckpt::torch {

namespace {

using model::DType;
using model::NumberClass;
using pickle::Kind;
using pickle::NodeId;

bool can_require_gradient(DType dtype) {
  const NumberClass number_class = model::row_of(dtype).number_class;
  return number_class == NumberClass::floating || number_class == NumberClass::complex ||
         dtype == DType::float4_e2m1fn_x2;
}

bool is_quantized(DType dtype) {
  return model::row_of(dtype).number_class == NumberClass::quantized;
}

/// "Float" for "torch.FloatTensor".
std::string_view tensor_class_name(std::string_view path) {
  path.remove_suffix(std::string_view("Tensor").size());
  return path.substr(path.rfind('.') + 1);
}

/// The index behind the last element; nothing when it does not fit in 63 bits.
std::optional<std::int64_t> find_reach(const model::Layout& layout) {
  try {
    return model::reach_elements(layout);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

// ---- what the file declares about a tensor or a storage

std::optional<DType> CallRules::dtype_of_storage(NodeId storage) const {
  if (!graph_.is(storage, Kind::persistent)) return std::nullopt;
  const auto parts = items_or_none(graph_.persistent_id(storage));
  if (parts.size() < 2 || !graph_.is(parts[1], Kind::global)) return std::nullopt;
  const pickle::Global named = graph_.global(parts[1]);
  const auto storage_class = find_storage_class(named.module, named.name);
  if (!storage_class) return std::nullopt;
  return storage_class->dtype.value_or(DType::uint8);
}

std::optional<DType> CallRules::named_dtype(NodeId dtype) const {
  if (!graph_.is(dtype, Kind::global) || graph_.global(dtype).module != "torch")
    return std::nullopt;
  return model::find_dtype(graph_.global(dtype).name);
}

std::optional<DType> CallRules::dtype_of_tensor(NodeId tensor) const {
  if (!is_tensor(tensor)) return std::nullopt;
  const pickle::Object& object = graph_.object(tensor);
  const std::string path = path_of(graph_.global(object.callable));
  const auto args = items_or_none(object.args);
  if (path.ends_with("._rebuild_tensor_v3"))
    return args.size() > 6 ? named_dtype(args[6]) : std::nullopt;
  if (path.ends_with("_no_storage")) return args.empty() ? std::nullopt : named_dtype(args[0]);
  const bool is_of_storage = path.ends_with("._rebuild_tensor") ||
                             path.ends_with("._rebuild_tensor_v2") ||
                             path.ends_with("._rebuild_qtensor");
  if (is_of_storage) return args.empty() ? std::nullopt : dtype_of_storage(args[0]);
  if (!path.ends_with("Tensor")) return std::nullopt;
  const std::string_view name = tensor_class_name(path);
  if (name.empty()) return DType::float32;
  const auto storage_class = find_storage_class("torch", concat(name, "Storage"));
  return storage_class ? storage_class->dtype : std::nullopt;
}

/// Limits copies of shapes: one shape can be given to many calls, each in a few bytes of the
/// pickle.
bool CallRules::may_copy(std::size_t count) const {
  if (count > dimensions_left_) return false;
  dimensions_left_ -= count;
  return true;
}

/// The shape in a tuple, a list or a torch.Size of non-negative integers; nothing for other nodes.
std::optional<CallRules::Shape> CallRules::find_shape(NodeId sizes) const {
  if (type_of(sizes) == Gives::size) {
    const auto args = items_or_none(graph_.object(sizes).args);
    if (args.empty()) return Shape{};
    sizes = args[0];
  }
  if (!graph_.is(sizes, Kind::tuple) && !graph_.is(sizes, Kind::list)) return std::nullopt;
  if (!may_copy(graph_.items(sizes).size())) return std::nullopt;
  Shape shape;
  for (const NodeId item : graph_.items(sizes)) {
    if (!graph_.is(item, Kind::integer) || graph_.integer(item) < 0) return std::nullopt;
    shape.push_back(graph_.integer(item));
  }
  return shape;
}

std::optional<CallRules::Shape> CallRules::shape_of_tensor(NodeId tensor) const {
  if (!is_tensor(tensor)) return std::nullopt;
  const pickle::Object& object = graph_.object(tensor);
  const std::string path = path_of(graph_.global(object.callable));
  const auto args = items_or_none(object.args);
  if (path.find("._rebuild_tensor") == path.npos || args.size() < 3) return std::nullopt;
  return find_shape(args[2]);
}

// ---- arguments that several calls have

bool CallRules::is_true(NodeId node) const {
  return graph_.is(node, Kind::boolean) && graph_.boolean(node);
}

/// Whether `flag` is a bool that requires_grad may have: True is impossible for integer dtypes.
bool CallRules::is_gradient_flag(NodeId flag, std::optional<DType> dtype) const {
  if (!graph_.is(flag, Kind::boolean)) return false;
  return !graph_.boolean(flag) || !dtype || can_require_gradient(*dtype);
}

bool CallRules::is_falsy(NodeId node) const {
  switch (graph_.kind(node)) {
    case Kind::none:
      return true;
    case Kind::boolean:
      return !graph_.boolean(node);
    case Kind::integer:
      return graph_.integer(node) == 0;
    case Kind::text:
    case Kind::raw_text:
      return graph_.text(node).empty();
    case Kind::dict:
      return graph_.entries(node).empty();
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
      return graph_.items(node).empty();
    default:
      return false;
  }
}

/// Whether `metadata` is acceptable: {'conj': True} is for complex dtypes only, even when the bit
/// is not set.
bool CallRules::is_metadata(NodeId metadata, std::optional<DType> dtype) const {
  if (is_falsy(metadata) || takes_items(metadata)) return true;
  if (!graph_.is(metadata, Kind::dict)) return false;
  const bool is_complex = !dtype || model::row_of(*dtype).number_class == NumberClass::complex;
  return has_text_keys(metadata) && (is_complex || !has_conj_key(metadata));
}

/// Whether `state` is a dict of attributes, or a pair of one and a dict of slots.
bool CallRules::is_attributes(NodeId state) const {
  if (is_falsy(state) && !graph_.is(state, Kind::tuple)) return true;
  if (graph_.is(state, Kind::dict)) return has_text_keys(state);
  return is_mapping(state) || (graph_.is(state, Kind::tuple) && graph_.items(state).size() == 2);
}

// ---- the calls

bool CallRules::is_rebuild(const AllowedGlobal& callable, std::span<const NodeId> args) const {
  const std::string_view path = callable.path;
  // It needs a numpy array, and no allowed global creates one.
  if (path.ends_with("_from_numpy")) return false;
  // It needs a class that implements its own operations, which no allowed class does.
  if (path.ends_with("_wrapper_subclass")) return false;
  if (path.ends_with("_from_cpu_tensor"))
    return is_tensor(args[0]) && is_gradient_flag(args[3], named_dtype(args[1]));
  if (path.ends_with("_from_type_v2")) return makes_by_type(args);
  if (path.ends_with("._rebuild_nested_tensor")) return makes_nested(args);
  if (path.ends_with("._rebuild_qtensor")) return makes_quantized(args);
  if (path.ends_with(".Parameter") || path.find("_rebuild_parameter") != path.npos)
    return makes_parameter(callable, args);
  if (path.ends_with("_sparse_tensor")) return makes_sparse(args);
  if (path.ends_with("_no_storage")) return makes_meta(args);
  if (path.find("._rebuild_") == path.npos) return makes_by_class(path, args);
  if (type_of(args[0]) != Gives::storage) return false;
  if (path.ends_with("_v2"))
    return is_gradient_flag(args[4], dtype_of_storage(args[0])) &&
           (args.size() < 7 || is_metadata(args[6], dtype_of_storage(args[0])));
  // torch saves a v3 tensor that requires a gradient, but refuses to load it: set_() fails on it.
  if (path.ends_with("_v3"))
    return graph_.is(args[4], Kind::boolean) && !is_true(args[4]) &&
           (args.size() < 8 || is_metadata(args[7], named_dtype(args[6])));
  return true;
}

bool CallRules::makes_parameter(const AllowedGlobal& callable, std::span<const NodeId> args) const {
  if (args.empty() || graph_.is(args[0], Kind::none))
    return args.size() < 2 || graph_.is(args[1], Kind::boolean);
  if (!is_tensor(args[0])) return false;
  const auto dtype = dtype_of_tensor(args[0]);
  const bool is_fit =
      args.size() < 2 ? !dtype || can_require_gradient(*dtype) : is_gradient_flag(args[1], dtype);
  return is_fit && (!callable.path.ends_with("_with_state") || is_attributes(args[3]));
}

/// Arguments: (storage, offset, size, stride, (qscheme, ...), requires_grad, hooks)
bool CallRules::makes_quantized(std::span<const NodeId> args) const {
  const auto dtype = dtype_of_storage(args[0]);
  if (!dtype || !is_quantized(*dtype)) return false;
  const auto shape = find_shape(args[2]);
  const auto quantizer = items_or_none(args[4]);
  if (!shape || quantizer.empty() || is_true(args[5])) return false;
  if (is_global_path(quantizer[0], "torch.per_tensor_affine"))
    return quantizer.size() == 3 && is_number(quantizer[1]) && is_integer(quantizer[2]);
  const bool is_per_channel =
      is_global_path(quantizer[0], "torch.per_channel_affine") ||
      is_global_path(quantizer[0], "torch.per_channel_affine_float_qparams");
  if (!is_per_channel || quantizer.size() != 4 || !graph_.is(quantizer[3], Kind::integer))
    return false;
  const std::int64_t axis = graph_.integer(quantizer[3]);
  if (axis < 0 || static_cast<std::size_t>(axis) >= shape->size()) return false;
  const auto is_a_channel_each = [&](NodeId values) {
    const std::int64_t channels = (*shape)[static_cast<std::size_t>(axis)];
    if (graph_.is(values, Kind::list)) return std::ssize(graph_.items(values)) == channels;
    const auto of = shape_of_tensor(values);
    return is_tensor(values) && (!of || (of->size() == 1 && of->front() == channels));
  };
  return is_a_channel_each(quantizer[1]) && is_a_channel_each(quantizer[2]);
}

/// Arguments: (layout, (indices, values, size[, is_coalesced])) or
/// (layout, (rows, columns, values, size))
bool CallRules::makes_sparse(std::span<const NodeId> args) const {
  if (type_of(args[0]) != Gives::layout) return false;
  const auto name = items_or_none(graph_.object(args[0]).args);
  if (name.empty() || !is_text(name[0])) return false;
  const std::string_view layout = graph_.text(name[0]);
  const auto data = items_or_none(args[1]);
  if (!layout.starts_with("torch.sparse_")) return false;
  if (layout != "torch.sparse_coo") return data.size() == 4;
  if (data.size() != 3 && data.size() != 4) return false;
  const auto indices = shape_of_tensor(data[0]);
  const auto values = shape_of_tensor(data[1]);
  const auto size = find_shape(data[2]);
  if (!indices || !values || !size) return true;
  return indices->size() == 2 && !values->empty() && (*indices)[1] == values->front() &&
         static_cast<std::size_t>((*indices)[0]) + values->size() - 1 == size->size();
}

/// Arguments: (buffer, sizes, strides, offsets). torch saves one without components, but refuses to
/// load it.
bool CallRules::makes_nested(std::span<const NodeId> args) const {
  // The sizes are read before a stream of torch before 1.6 has filled its storages.
  if (origin_ == Origin::legacy_stream) return false;
  const auto has_rank = [&](NodeId tensor, std::size_t rank) {
    const auto shape = shape_of_tensor(tensor);
    return !shape || shape->size() == rank;
  };
  return std::ranges::all_of(args, [&](NodeId arg) { return is_tensor(arg); }) &&
         has_rank(args[0], 1) && has_rank(args[1], 2) && has_rank(args[2], 2);
}

/// Arguments: (dtype, size, stride, requires_grad)
bool CallRules::makes_meta(std::span<const NodeId> args) const {
  if (!graph_.is(args[0], Kind::global)) return false;
  const auto dtype = named_dtype(args[0]);
  const auto size = find_shape(args[1]);
  const auto strides = items_or_none(args[2]);
  const bool has_strides = type_of(args[2]) == Gives::size ||
                           (size && strides.size() == size->size() && are_integers(args[2]));
  return size && has_strides && is_gradient_flag(args[3], dtype) &&
         !(dtype && is_quantized(*dtype));
}

/// Arguments: (function, class, its arguments, attributes)
bool CallRules::makes_by_type(std::span<const NodeId> args) const {
  const auto function = allowed_of(args[0]);
  const bool makes_tensor =
      function && (function->gives == Gives::tensor || function->gives == Gives::parameter);
  const bool is_known_class = is_global_path(args[1], "torch.Tensor") ||
                              is_global_path(args[1], "torch.nn.parameter.Parameter");
  if (!makes_tensor || !is_known_class || !is_attributes(args[3])) return false;
  // A call of itself could nest without end.
  if (function->path.ends_with("_from_type_v2") || !graph_.is(args[2], Kind::tuple)) return true;
  const auto inner = graph_.items(args[2]);
  return inner.size() >= function->fewest_arguments && inner.size() <= function->most_arguments &&
         is_rebuild(*function, inner);
}

/// torch.FloatTensor(2, 3) and similar: sizes, or one value to make a tensor of.
bool CallRules::makes_by_class(std::string_view path, std::span<const NodeId> args) const {
  const auto is_size = [&](NodeId arg) {
    return graph_.is(arg, Kind::integer) && graph_.integer(arg) >= 0;
  };
  if (std::ranges::all_of(args, is_size)) return true;
  const bool is_sparse = path.find("sparse") != path.npos;
  if (args.size() != 1)
    return is_sparse && args.size() < 4 && is_tensor(args[0]) && is_tensor(args[1]);
  if (type_of(args[0]) == Gives::size) return true;
  if (is_sparse) return false;
  if (type_of(args[0]) == Gives::storage) {
    const auto dtype = find_storage_class("torch", concat(tensor_class_name(path), "Storage"));
    const DType wanted = dtype ? dtype->dtype.value_or(DType::float32) : DType::float32;
    const auto given = dtype_of_storage(args[0]);
    return !given || *given == wanted;
  }
  return is_tensor(args[0]) || graph_.is(args[0], Kind::tuple) || graph_.is(args[0], Kind::list);
}

/// tensor.set_(storage, offset, size, stride)
bool CallRules::sets_storage(NodeId tensor, std::span<const NodeId> args) const {
  if (args.size() != 4 || type_of(args[0]) != Gives::storage) return false;
  const auto shape = find_shape(args[2]);
  const auto stride = find_shape(args[3]);
  if (!graph_.is(args[1], Kind::integer) || !shape || !stride) return false;
  const auto reach = find_reach(
      {.shape = *shape, .stride_elements = *stride, .offset_elements = graph_.integer(args[1])});
  if (!reach) return false;
  const auto wanted = dtype_of_tensor(tensor);
  const auto given = dtype_of_storage(args[0]);
  if (wanted && given && *wanted != *given) return false;
  const auto parts = graph_.is(args[0], Kind::persistent)
                         ? items_or_none(graph_.persistent_id(args[0]))
                         : std::span<const NodeId>();
  if (parts.size() < 5 || !graph_.is(parts[4], Kind::integer)) return true;
  return *reach <= graph_.integer(parts[4]);
}

}  // namespace ckpt::torch
