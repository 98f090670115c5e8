#include <algorithm>
#include <string>

#include "ckpt/tensor/cast.hpp"
#include "groups.hpp"
#include "inputs.hpp"

namespace bench {

using ckpt::Bytes;
using ckpt::ByteView;
using ckpt::model::DType;

namespace {

constexpr DType from_types[] = {
    DType::float64, DType::float32, DType::bfloat16, DType::float16, DType::float8_e4m3fn,
    DType::int64,   DType::int32,   DType::int16,    DType::int8,    DType::boolean};

constexpr DType to_types[] = {DType::float32, DType::bfloat16, DType::float16,
                              DType::float8_e4m3fn};

void cast_row(Table& table, DType from, DType to) {
  if (from == to || !ckpt::tensor::can_cast(from, to)) return;
  const ckpt::model::DTypeRow& row = ckpt::model::row_of(from);
  const ckpt::model::DTypeRow& row_to = ckpt::model::row_of(to);
  const std::size_t widest = std::max(row.size_bytes, row_to.size_bytes);
  const Bytes elements = make_elements(from, input_bytes / widest * row.size_bytes);
  Bytes out(block_bytes / row.size_bytes * row_to.size_bytes);
  table.row(std::string(row.name) + " to " + std::string(row_to.name), input_bytes, [&] {
    for_each_block(elements,
                   [&](ByteView block) { ckpt::tensor::cast_elements(from, to, block, out); });
  });
}

}  // namespace

void cast_rows(Table& table) {
  for (const DType from : from_types)
    for (const DType to : to_types) cast_row(table, from, to);
  for (const DType to : {DType::float64, DType::int32, DType::int8, DType::boolean})
    cast_row(table, DType::int64, to);
  for (const DType from : {DType::float32, DType::bfloat16, DType::int32})
    cast_row(table, from, DType::float64);
}

}  // namespace bench
