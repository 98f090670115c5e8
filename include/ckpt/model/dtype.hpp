// The element types of torch, one row each. The long names are PyTorch's (torch.float32); the short
// names (f32) are for tables and options.
//
// Some types have no arithmetic in torch, or pack several elements into a byte; NumberClass and
// elements_per_byte say so, and other code asks the row instead of listing types.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ckpt::model {

enum class DType : std::uint8_t {
  float64,
  float32,
  float16,
  bfloat16,
  float8_e5m2,
  float8_e4m3fn,
  float8_e5m2fnuz,
  float8_e4m3fnuz,
  float8_e8m0fnu,
  float4_e2m1fn_x2,
  int64,
  int32,
  int16,
  int8,
  uint64,
  uint32,
  uint16,
  uint8,
  boolean,
  complex128,
  complex64,
  complex32,
  bcomplex32,
  qint32,
  qint8,
  quint8,
  quint4x2,
  quint2x4,
  bits16,
  bits8,
  bits4x2,
  bits2x4,
  bits1x8,
};

enum class NumberClass : std::uint8_t {
  floating,
  signed_integer,
  unsigned_integer,
  boolean,
  complex,
  quantized,
  bits
};

struct DTypeRow {
  DType dtype;
  std::string_view name;        ///< as torch prints it, without "torch."
  std::string_view short_name;  ///< f32, i64, bool, ...
  std::uint8_t size_bytes;      ///< of one element, in the way torch counts elements
  NumberClass number_class;
  /// Elements of the shape that share one byte. 1, except for quint4x2 and quint2x4: their shapes
  /// count logical elements while the storage packs them. float4_e2m1fn_x2 counts bytes, so it has
  /// 1.
  std::uint8_t elements_per_byte = 1;
};

/// All dtypes, indexed by DType.
/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/storage.py (storage classes) and
/// https://github.com/pytorch/pytorch/blob/v2.6.0/c10/core/ScalarType.h
std::span<const DTypeRow> dtypes();

inline const DTypeRow& row_of(DType dtype) { return dtypes()[static_cast<std::size_t>(dtype)]; }

/// The dtype with this long or short name; nothing for other names.
std::optional<DType> find_dtype(std::string_view name);

}  // namespace ckpt::model
