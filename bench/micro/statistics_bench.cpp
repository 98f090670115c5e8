#include "ckpt/tensor/statistics.hpp"

#include "groups.hpp"
#include "inputs.hpp"

namespace bench {

using ckpt::ByteView;
using ckpt::model::DType;

void statistics_rows(Table& table) {
  for (const DType dtype :
       {DType::float64, DType::float32, DType::bfloat16, DType::float16, DType::float8_e4m3fn,
        DType::int64, DType::int32, DType::int8, DType::boolean}) {
    const ckpt::Bytes elements = make_elements(dtype, input_bytes);
    table.row(ckpt::model::row_of(dtype).name, input_bytes, [&] {
      ckpt::tensor::StatisticsAccumulator statistics(dtype);
      for_each_block(elements, [&](ByteView block) { statistics.add(block); });
    });
  }
}

}  // namespace bench
