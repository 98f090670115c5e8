#include "ckpt/diff/value_sum.hpp"

#include <bit>
#include <cmath>

#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::diff {

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 18;

/// The finalizer of SplitMix64: each input bit changes half of the output bits on average.
std::uint64_t mix(std::uint64_t bits) {
  bits += 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

std::uint64_t bits_of(double number) {
  constexpr std::uint64_t any_nan = 0x7ff8000000000000;
  if (std::isnan(number)) return any_nan;
  return std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
}

}  // namespace

std::optional<std::uint64_t> find_value_sum(const tensor::StoredTensor& side) {
  const model::DTypeRow& row = model::row_of(side.tensor.dtype);
  if (side.tensor.form != model::TensorForm::strided || row.elements_per_byte != 1)
    return std::nullopt;
  std::uint64_t sum = 0;
  if (model::element_count(side.tensor.layout.shape) == 0) return sum;
  tensor::ElementStream elements(side.storage, side.tensor, {});
  Bytes block(block_bytes);
  while (const std::size_t count = elements.read(block)) {
    for (std::size_t at = 0; at < count; at += row.size_bytes)
      sum +=
          mix(bits_of(tensor::decode_real(row.dtype, ByteView(block).subspan(at, row.size_bytes))));
  }
  return sum;
}

}  // namespace ckpt::diff
