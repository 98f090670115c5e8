// Averages of four tensors of which each has a quarter of the bytes, as `merge` makes them.
#include <string>
#include <vector>

#include "ckpt/model/blob.hpp"
#include "ckpt/tensor/combine.hpp"
#include "groups.hpp"
#include "inputs.hpp"

namespace bench {

using ckpt::Bytes;
using ckpt::model::DType;
using ckpt::model::Tree;

namespace {

constexpr std::size_t member_count = 4;

void average_row(Table& table, DType dtype) {
  Tree tree;
  std::vector<ckpt::model::NodeId> members;
  for (unsigned i = 0; i < member_count; ++i)
    members.push_back(add_vector(tree, dtype, make_elements(dtype, input_bytes / member_count, i)));
  ckpt::tensor::Combination combination;
  for (const ckpt::model::NodeId member : members) {
    const ckpt::model::Tensor& tensor = tree.tensor(member);
    combination.inputs.push_back(
        {.storage = tree.storage_of(tensor), .tensor = tensor, .weight = 1.0 / member_count});
  }
  const ckpt::model::Tensor average = ckpt::tensor::combined(tree, combination);
  const ckpt::model::Blob& blob = *tree.storage_of(average.storage).blob;
  Bytes out(block_bytes);
  table.row(std::string(ckpt::model::row_of(dtype).name) + ", of 4", input_bytes, [&] {
    const auto stream = blob.open(0);
    while (stream->read(out) > 0) {
    }
  });
}

}  // namespace

void average_rows(Table& table) {
  for (const DType dtype : {DType::float64, DType::float32, DType::bfloat16, DType::float16,
                            DType::float8_e4m3fn, DType::int64})
    average_row(table, dtype);
}

}  // namespace bench
