// Two tensors of which each has half of the bytes.
#include <string>

#include "ckpt/tensor/compare.hpp"
#include "groups.hpp"
#include "inputs.hpp"

namespace bench {

using ckpt::Bytes;
using ckpt::model::DType;
using ckpt::tensor::CompareOptions;

namespace {

void compare_row(Table& table, const std::string& what, DType dtype, const Bytes& a, const Bytes& b,
                 const CompareOptions& options = {}) {
  ckpt::model::Tree tree;
  const ckpt::model::NodeId left = add_vector(tree, dtype, a);
  const ckpt::model::NodeId right = add_vector(tree, dtype, b);
  table.row(std::string(ckpt::model::row_of(dtype).name) + what, a.size() + b.size(), [&] {
    ckpt::tensor::compare({tree, tree.tensor(left)}, {tree, tree.tensor(right)}, options);
  });
}

}  // namespace

void compare_rows(Table& table) {
  constexpr std::size_t side_bytes = input_bytes / 2;
  for (const DType dtype : {DType::float64, DType::float32, DType::bfloat16, DType::float16,
                            DType::float8_e4m3fn, DType::int64, DType::int32, DType::int8}) {
    const Bytes a = make_elements(dtype, side_bytes, 1);
    const Bytes b = make_elements(dtype, side_bytes, 2);
    if (dtype == DType::float32) compare_row(table, ", equal", dtype, a, a);
    compare_row(table, ", all changed", dtype, a, b);
    if (dtype == DType::float32)
      compare_row(table, ", all changed, atol", dtype, a, b, {.tolerance = {.absolute = 0.5}});
  }
}

}  // namespace bench
