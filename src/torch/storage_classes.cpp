#include "ckpt/torch/storage_classes.hpp"

#include <array>

namespace ckpt::torch {

namespace {

using model::DType;

enum class WrittenBy { torch_save, torchscript_only };

struct ClassRow {
  std::string_view name;
  DType dtype;
  WrittenBy written_by = WrittenBy::torch_save;
};

constexpr std::array class_rows{
    ClassRow{"DoubleStorage", DType::float64},
    ClassRow{"FloatStorage", DType::float32},
    ClassRow{"HalfStorage", DType::float16},
    ClassRow{"BFloat16Storage", DType::bfloat16},
    ClassRow{"LongStorage", DType::int64},
    ClassRow{"IntStorage", DType::int32},
    ClassRow{"ShortStorage", DType::int16},
    ClassRow{"CharStorage", DType::int8},
    ClassRow{"ByteStorage", DType::uint8},
    ClassRow{"BoolStorage", DType::boolean},
    ClassRow{"ComplexFloatStorage", DType::complex64},
    ClassRow{"ComplexDoubleStorage", DType::complex128},
    ClassRow{"QUInt8Storage", DType::quint8},
    ClassRow{"QInt8Storage", DType::qint8},
    ClassRow{"QInt32Storage", DType::qint32},
    ClassRow{"QUInt4x2Storage", DType::quint4x2},
    ClassRow{"QUInt2x4Storage", DType::quint2x4},
    ClassRow{"ComplexHalfStorage", DType::complex32, WrittenBy::torchscript_only},
    ClassRow{"UInt16Storage", DType::uint16, WrittenBy::torchscript_only},
    ClassRow{"UInt32Storage", DType::uint32, WrittenBy::torchscript_only},
    ClassRow{"UInt64Storage", DType::uint64, WrittenBy::torchscript_only},
    ClassRow{"Float8_e5m2Storage", DType::float8_e5m2, WrittenBy::torchscript_only},
    ClassRow{"Float8_e4m3fnStorage", DType::float8_e4m3fn, WrittenBy::torchscript_only},
    ClassRow{"Float8_e5m2fnuzStorage", DType::float8_e5m2fnuz, WrittenBy::torchscript_only},
    ClassRow{"Float8_e4m3fnuzStorage", DType::float8_e4m3fnuz, WrittenBy::torchscript_only},
};

}  // namespace

std::optional<StorageClass> find_storage_class(std::string_view module, std::string_view name) {
  const bool is_known_module =
      module == "torch" || module == "torch.storage" || module == "torch.cuda";
  if (!is_known_module) return std::nullopt;
  if (name == "UntypedStorage") return StorageClass{};
  for (const ClassRow& row : class_rows)
    if (row.name == name) return StorageClass{row.dtype};
  return std::nullopt;
}

std::string_view storage_class_name(DType dtype) {
  for (const ClassRow& row : class_rows)
    if (row.dtype == dtype && row.written_by == WrittenBy::torch_save) return row.name;
  return {};
}

}  // namespace ckpt::torch
