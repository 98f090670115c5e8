#include "ckpt/torch/allowed_globals.hpp"

#include <algorithm>
#include <array>

#include "ckpt/torch/storage_classes.hpp"

namespace ckpt::torch {

namespace {

using enum Release;

constexpr bool is_a_class = true;
constexpr bool is_a_function = false;

constexpr auto rows = std::to_array<AllowedGlobal>({
    {"collections.OrderedDict", Gives::ordered_dict, is_a_class, v1_13, 0, 1},
    {"collections.Counter", Gives::counter, is_a_class, v2_6, 0, 1},
    {"torch.nn.parameter.Parameter", Gives::parameter, is_a_class, v1_13, 0, 2},
    {"torch.serialization._get_layout", Gives::layout, is_a_function, v1_13, 1, 1},
    {"torch.Size", Gives::size, is_a_class, v1_13, 0, 1},
    {"torch.Tensor", Gives::tensor, is_a_class, v1_13, 0, 255},
    {"torch.device", Gives::device, is_a_class, v2_6, 1, 2},
    {"_codecs.encode", Gives::bytes, is_a_function, v2_6, 1, 3},
    {"builtins.bytearray", Gives::byte_array, is_a_class, v2_6, 0, 3},
    {"builtins.set", Gives::set, is_a_class, v2_6, 0, 1},
    {"builtins.complex", Gives::complex_number, is_a_class, v2_6, 0, 2},
    {"torch.storage.TypedStorage", Gives::storage, is_a_class, v1_13, 0, 255},
    {"torch.storage.UntypedStorage", Gives::storage, is_a_class, v1_13, 0, 255},
    {"torch.per_tensor_affine"},
    {"torch.per_tensor_symmetric"},
    {"torch.per_channel_affine"},
    {"torch.per_channel_symmetric"},
    {"torch.per_channel_affine_float_qparams"},
    {"torch._utils._rebuild_parameter", Gives::parameter, is_a_function, v1_13, 3, 3},
    {"torch._utils._rebuild_parameter_with_state", Gives::parameter, is_a_function, v2_6, 4, 4},
    {"torch._utils._rebuild_qtensor", Gives::tensor, is_a_function, v2_6, 7, 7},
    {"torch._utils._rebuild_tensor", Gives::tensor, is_a_function, v1_13, 4, 4},
    {"torch._utils._rebuild_tensor_v2", Gives::tensor, is_a_function, v1_13, 6, 7},
    {"torch._utils._rebuild_tensor_v3", Gives::tensor, is_a_function, v2_2, 7, 8},
    {"torch._utils._rebuild_sparse_tensor", Gives::tensor, is_a_function, v1_13, 2, 2},
    {"torch._utils._rebuild_meta_tensor_no_storage", Gives::tensor, is_a_function, v1_13, 4, 4},
    {"torch._utils._rebuild_nested_tensor", Gives::tensor, is_a_function, v2_2, 4, 4},
    {"torch._utils._rebuild_wrapper_subclass", Gives::tensor, is_a_function, v2_6, 8, 8},
    {"torch._utils._rebuild_device_tensor_from_numpy", Gives::tensor, is_a_function, v2_2, 4, 4},
    {"torch._utils._rebuild_device_tensor_from_cpu_tensor", Gives::tensor, is_a_function, v2_6, 4,
     4},
    {"torch._tensor._rebuild_from_type_v2", Gives::tensor, is_a_function, v2_2, 4, 4},
});

struct DTypeName {
  std::string_view name;
  Release since = v1_13;
};

/// The dtypes torch.NAME. Of bfloat16, bool and uint8, torch 1.13 knows only the storages.
constexpr auto dtype_names = std::to_array<DTypeName>({
    {"float64"},
    {"float32"},
    {"float16"},
    {"int64"},
    {"int32"},
    {"int16"},
    {"int8"},
    {"complex128"},
    {"complex64"},
    {"complex32"},
    {"uint8", v2_6},
    {"bool", v2_6},
    {"bfloat16", v2_6},
    {"qint8", v2_6},
    {"qint32", v2_6},
    {"quint8", v2_6},
    {"quint4x2", v2_6},
    {"quint2x4", v2_6},
    {"float8_e5m2", v2_2},
    {"float8_e4m3fn", v2_2},
    {"float8_e5m2fnuz", v2_6},
    {"float8_e4m3fnuz", v2_6},
    {"float8_e8m0fnu", v2_8},
    {"float4_e2m1fn_x2", v2_8},
    {"uint64", v2_6},
    {"uint32", v2_6},
    {"uint16", v2_6},
    {"bits16", v2_6},
    {"bits8", v2_6},
    {"bits4x2", v2_6},
    {"bits2x4", v2_6},
    {"bits1x8", v2_6},
    {"uint1", v2_8},
    {"uint2", v2_8},
    {"uint3", v2_8},
    {"uint4", v2_8},
    {"uint5", v2_8},
    {"uint6", v2_8},
    {"uint7", v2_8},
    {"int1", v2_8},
    {"int2", v2_8},
    {"int3", v2_8},
    {"int4", v2_8},
    {"int5", v2_8},
    {"int6", v2_8},
    {"int7", v2_8},
});

/// Tensor classes MODULE.NAMETensor for each module below; the sparse modules have no bool.
constexpr auto tensor_class_names = std::to_array<std::string_view>(
    {"Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool"});
constexpr auto tensor_class_modules = std::to_array<std::string_view>(
    {"torch.", "torch.cuda.", "torch.sparse.", "torch.cuda.sparse."});

/// The part of `path` after "MODULE."; nothing when `path` is not in the module.
std::optional<std::string_view> find_rest(std::string_view path, std::string_view module) {
  if (!path.starts_with(module)) return std::nullopt;
  return path.substr(module.size());
}

std::optional<AllowedGlobal> find_dtype_global(std::string_view path) {
  const auto name = find_rest(path, "torch.");
  if (!name) return std::nullopt;
  const auto row = std::ranges::find(dtype_names, *name, &DTypeName::name);
  if (row == dtype_names.end()) return std::nullopt;
  return AllowedGlobal{.path = path, .since = row->since};
}

bool is_tensor_class(std::string_view path) {
  return std::ranges::any_of(tensor_class_modules, [&](std::string_view module) {
    auto name = find_rest(path, module);
    if (!name || !name->ends_with("Tensor")) return false;
    name->remove_suffix(std::string_view("Tensor").size());
    if (*name == "Bool" && module.ends_with("sparse.")) return false;
    return std::ranges::find(tensor_class_names, *name) != tensor_class_names.end();
  });
}

/// torch.NAME exists for all classes that torch.save writes; torch.cuda.NAME not for quantized
/// ones.
bool is_storage_class(std::string_view path) {
  for (const std::string_view module : {"torch.cuda.", "torch."}) {
    const auto name = find_rest(path, module);
    if (!name) continue;
    const auto known = find_storage_class("torch", *name);
    if (!known || !known->dtype || storage_class_name(*known->dtype) != *name) return false;
    return module == "torch." || !name->starts_with('Q');
  }
  return false;
}

constexpr std::array release_names =
    std::to_array<std::string_view>({"1.13", "2.0", "2.2", "2.6", "2.8"});

}  // namespace

std::string_view release_name(Release release) {
  return release_names[static_cast<std::size_t>(release)];
}

std::optional<AllowedGlobal> find_allowed_global(std::string_view path) {
  const auto row = std::ranges::find(rows, path, &AllowedGlobal::path);
  if (row != rows.end()) return *row;
  if (auto dtype = find_dtype_global(path)) return dtype;
  if (is_tensor_class(path))
    return AllowedGlobal{.path = path, .gives = Gives::tensor, .is_class = true};
  if (is_storage_class(path)) return AllowedGlobal{.path = path};
  return std::nullopt;
}

bool is_blocked_module(std::string_view module) {
  return module == "sys" || module == "os" || module == "posix" || module == "nt";
}

}  // namespace ckpt::torch
