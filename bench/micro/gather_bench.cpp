// Views that are not contiguous, gathered from memory.
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "ckpt/tensor/element_stream.hpp"
#include "groups.hpp"
#include "inputs.hpp"
#include "tensor/read/axes.hpp"
#include "tensor/read/gather.hpp"

namespace bench {

using ckpt::Bytes;
using ckpt::ByteView;
using ckpt::model::DType;
using ckpt::tensor::Axis;

namespace {

constexpr std::size_t buffer_bytes = ckpt::tensor::default_buffer_bytes;

class Memory : public ckpt::tensor::RandomAccess {
 public:
  explicit Memory(ByteView bytes) : bytes_(bytes) {}
  void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
  }

 private:
  ByteView bytes_;
};

void gather_row(Table& table, const std::string& what, DType dtype, std::vector<Axis> axes) {
  const ckpt::model::DTypeRow& row = ckpt::model::row_of(dtype);
  std::uint64_t count = 1;
  for (const Axis& axis : axes) count *= axis.count;
  const Bytes elements = make_elements(dtype, count * row.size_bytes);
  const Memory memory(elements);
  Bytes out(buffer_bytes);
  table.row(std::string(row.name) + ", " + what, elements.size(), [&] {
    ckpt::tensor::Gatherer gatherer(memory, row.size_bytes);
    ckpt::tensor::BoxCursor boxes(axes, 0, 0, count);
    while (!boxes.is_at_end()) {
      const ckpt::tensor::Box box = boxes.next(buffer_bytes / row.size_bytes);
      gatherer.gather(box, std::span(out).first(box.element_count * row.size_bytes));
    }
  });
}

/// Of each head of `head` rows, the even ones first.
std::vector<Axis> rope_half(std::uint64_t rows, std::uint64_t columns, std::uint64_t head) {
  return {{rows / head, head * columns}, {2, columns}, {head / 2, 2 * columns}, {columns, 1}};
}

}  // namespace

void gather_rows(Table& table) {
  constexpr std::uint64_t side = 4096;
  for (const DType dtype :
       {DType::float64, DType::float32, DType::bfloat16, DType::float8_e4m3fn}) {
    const std::uint64_t rows = input_bytes / side / ckpt::model::row_of(dtype).size_bytes;
    gather_row(table, "transposed", dtype, {{side, 1}, {rows, side}});
    gather_row(table, "rope_half", dtype, rope_half(rows, side, 128));
    // Convolutions of 3 x 3, from channels_last.
    gather_row(table, "channels_last", dtype, {{rows, 9 * 448}, {448, 1}, {9, 448}});
  }
}

}  // namespace bench
