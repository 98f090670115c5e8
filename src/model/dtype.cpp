#include "ckpt/model/dtype.hpp"

#include <array>

namespace ckpt::model {

namespace {

using enum NumberClass;

constexpr std::array rows{
    DTypeRow{DType::float64, "float64", "f64", 8, floating},
    DTypeRow{DType::float32, "float32", "f32", 4, floating},
    DTypeRow{DType::float16, "float16", "f16", 2, floating},
    DTypeRow{DType::bfloat16, "bfloat16", "bf16", 2, floating},
    DTypeRow{DType::float8_e5m2, "float8_e5m2", "f8_e5m2", 1, floating},
    DTypeRow{DType::float8_e4m3fn, "float8_e4m3fn", "f8_e4m3fn", 1, floating},
    DTypeRow{DType::float8_e5m2fnuz, "float8_e5m2fnuz", "f8_e5m2fnuz", 1, floating},
    DTypeRow{DType::float8_e4m3fnuz, "float8_e4m3fnuz", "f8_e4m3fnuz", 1, floating},
    DTypeRow{DType::float8_e8m0fnu, "float8_e8m0fnu", "f8_e8m0fnu", 1, floating},
    DTypeRow{DType::float4_e2m1fn_x2, "float4_e2m1fn_x2", "f4x2", 1, bits},
    DTypeRow{DType::int64, "int64", "i64", 8, signed_integer},
    DTypeRow{DType::int32, "int32", "i32", 4, signed_integer},
    DTypeRow{DType::int16, "int16", "i16", 2, signed_integer},
    DTypeRow{DType::int8, "int8", "i8", 1, signed_integer},
    DTypeRow{DType::uint64, "uint64", "u64", 8, unsigned_integer},
    DTypeRow{DType::uint32, "uint32", "u32", 4, unsigned_integer},
    DTypeRow{DType::uint16, "uint16", "u16", 2, unsigned_integer},
    DTypeRow{DType::uint8, "uint8", "u8", 1, unsigned_integer},
    DTypeRow{DType::boolean, "bool", "bool", 1, NumberClass::boolean},
    DTypeRow{DType::complex128, "complex128", "c128", 16, NumberClass::complex},
    DTypeRow{DType::complex64, "complex64", "c64", 8, NumberClass::complex},
    DTypeRow{DType::complex32, "complex32", "c32", 4, NumberClass::complex},
    DTypeRow{DType::bcomplex32, "bcomplex32", "bc32", 4, NumberClass::complex},
    DTypeRow{DType::qint32, "qint32", "qi32", 4, quantized},
    DTypeRow{DType::qint8, "qint8", "qi8", 1, quantized},
    DTypeRow{DType::quint8, "quint8", "qu8", 1, quantized},
    DTypeRow{DType::quint4x2, "quint4x2", "qu4x2", 1, quantized, 2},
    DTypeRow{DType::quint2x4, "quint2x4", "qu2x4", 1, quantized, 4},
    DTypeRow{DType::bits16, "bits16", "bits16", 2, bits},
    DTypeRow{DType::bits8, "bits8", "bits8", 1, bits},
    DTypeRow{DType::bits4x2, "bits4x2", "bits4x2", 1, bits},
    DTypeRow{DType::bits2x4, "bits2x4", "bits2x4", 1, bits},
    DTypeRow{DType::bits1x8, "bits1x8", "bits1x8", 1, bits},
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (static_cast<std::size_t>(rows[i].dtype) != i) return false;
  return true;
}
static_assert(rows_are_in_order());
static_assert(rows.size() == static_cast<std::size_t>(DType::bits1x8) + 1);

}  // namespace

std::span<const DTypeRow> dtypes() { return rows; }

std::optional<DType> find_dtype(std::string_view name) {
  for (const DTypeRow& row : rows)
    if (row.name == name || row.short_name == name) return row.dtype;
  return std::nullopt;
}

}  // namespace ckpt::model
