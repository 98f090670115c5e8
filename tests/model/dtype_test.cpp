#include "ckpt/model/dtype.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string_view>

using ckpt::model::DType;
using ckpt::model::find_dtype;
using ckpt::model::NumberClass;
using ckpt::model::row_of;

namespace {

struct SaidByTorch {
  std::string_view name;
  int itemsize;
};

/// torch 2.13: [(name, getattr(torch, name).itemsize)], and bcomplex32 of 2.14's sources.
constexpr std::array itemsizes{
    SaidByTorch{"float64", 8},
    SaidByTorch{"float32", 4},
    SaidByTorch{"float16", 2},
    SaidByTorch{"bfloat16", 2},
    SaidByTorch{"float8_e5m2", 1},
    SaidByTorch{"float8_e4m3fn", 1},
    SaidByTorch{"float8_e5m2fnuz", 1},
    SaidByTorch{"float8_e4m3fnuz", 1},
    SaidByTorch{"float8_e8m0fnu", 1},
    SaidByTorch{"float4_e2m1fn_x2", 1},
    SaidByTorch{"int64", 8},
    SaidByTorch{"int32", 4},
    SaidByTorch{"int16", 2},
    SaidByTorch{"int8", 1},
    SaidByTorch{"uint64", 8},
    SaidByTorch{"uint32", 4},
    SaidByTorch{"uint16", 2},
    SaidByTorch{"uint8", 1},
    SaidByTorch{"bool", 1},
    SaidByTorch{"complex128", 16},
    SaidByTorch{"complex64", 8},
    SaidByTorch{"complex32", 4},
    SaidByTorch{"bcomplex32", 4},
    SaidByTorch{"qint32", 4},
    SaidByTorch{"qint8", 1},
    SaidByTorch{"quint8", 1},
    SaidByTorch{"quint4x2", 1},
    SaidByTorch{"quint2x4", 1},
    SaidByTorch{"bits16", 2},
    SaidByTorch{"bits8", 1},
    SaidByTorch{"bits4x2", 1},
    SaidByTorch{"bits2x4", 1},
    SaidByTorch{"bits1x8", 1},
};

}  // namespace

TEST_CASE("every dtype has the element size that torch gives it") {
  CHECK(ckpt::model::dtypes().size() == itemsizes.size());
  for (const SaidByTorch& said : itemsizes) {
    CAPTURE(said.name);
    const auto dtype = find_dtype(said.name);
    REQUIRE(dtype);
    CHECK(row_of(*dtype).size_bytes == said.itemsize);
    CHECK(row_of(*dtype).name == said.name);
  }
}

TEST_CASE("short names are unique and lead to the same dtype") {
  std::set<std::string_view> seen;
  for (const ckpt::model::DTypeRow& row : ckpt::model::dtypes()) {
    CAPTURE(row.name);
    CHECK(find_dtype(row.short_name) == row.dtype);
    CHECK(seen.insert(row.short_name).second);
  }
  CHECK(find_dtype("bf16") == DType::bfloat16);
  CHECK_FALSE(find_dtype("float"));
  CHECK_FALSE(find_dtype(""));
}

TEST_CASE("only quint4x2 and quint2x4 count elements that share a byte") {
  for (const ckpt::model::DTypeRow& row : ckpt::model::dtypes()) {
    CAPTURE(row.name);
    const int expected = row.dtype == DType::quint4x2 ? 2 : row.dtype == DType::quint2x4 ? 4 : 1;
    CHECK(row.elements_per_byte == expected);
  }
}

TEST_CASE("a dtype knows what kind of numbers it holds") {
  CHECK(row_of(DType::bfloat16).number_class == NumberClass::floating);
  CHECK(row_of(DType::int8).number_class == NumberClass::signed_integer);
  CHECK(row_of(DType::uint64).number_class == NumberClass::unsigned_integer);
  CHECK(row_of(DType::boolean).number_class == NumberClass::boolean);
  CHECK(row_of(DType::complex32).number_class == NumberClass::complex);
  CHECK(row_of(DType::qint32).number_class == NumberClass::quantized);
  CHECK(row_of(DType::bits1x8).number_class == NumberClass::bits);
}
