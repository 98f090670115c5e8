// Two tensors of which each has half of the bytes: a block of both at a time, or, where all are
// equal, as tensors, of which such blocks are passed over.
#include <string>

#include "ckpt/tensor/compare.hpp"
#include "groups.hpp"
#include "inputs.hpp"

namespace bench {

using ckpt::Bytes;
using ckpt::ByteView;
using ckpt::model::DType;
using ckpt::tensor::Tolerance;

namespace {

void compare_row(Table& table, const std::string& what, DType dtype, const Bytes& a, const Bytes& b,
                 const Tolerance& tolerance = {}) {
  table.row(std::string(ckpt::model::row_of(dtype).name) + what, a.size() + b.size(), [&] {
    ckpt::tensor::Comparer comparer(dtype, dtype, tolerance);
    std::size_t done = 0;
    for_each_block(a, [&](ByteView block) {
      comparer.add(block, ByteView(b).subspan(done, block.size()));
      done += block.size();
    });
  });
}

void equal_row(Table& table, DType dtype, const Bytes& elements) {
  ckpt::model::Tree tree;
  const ckpt::model::NodeId left = add_vector(tree, dtype, elements);
  const ckpt::model::NodeId right = add_vector(tree, dtype, elements);
  table.row(std::string(ckpt::model::row_of(dtype).name) + ", equal", 2 * elements.size(), [&] {
    ckpt::tensor::compare({tree.storage_of(tree.tensor(left)), tree.tensor(left)},
                          {tree.storage_of(tree.tensor(right)), tree.tensor(right)});
  });
}

}  // namespace

void compare_rows(Table& table) {
  constexpr std::size_t side_bytes = input_bytes / 2;
  for (const DType dtype : {DType::float64, DType::float32, DType::bfloat16, DType::float16,
                            DType::float8_e4m3fn, DType::int64, DType::int32, DType::int8}) {
    const Bytes a = make_elements(dtype, side_bytes, 1);
    const Bytes b = make_elements(dtype, side_bytes, 2);
    if (dtype == DType::float32) equal_row(table, dtype, a);
    compare_row(table, ", all changed", dtype, a, b);
    if (dtype == DType::float32)
      compare_row(table, ", all changed, atol", dtype, a, b, {.absolute = 0.5});
  }
}

}  // namespace bench
