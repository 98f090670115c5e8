#include "ckpt/tensor/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/page_block.hpp"
#include "ckpt/base/text.hpp"
#include "tensor/cast/number_chunks.hpp"
#include "tensor/statistics/state.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;  // as in tensor/compare/streams.cpp

}  // namespace

bool has_statistics(DType dtype) { return chunk_type(dtype) != ChunkType::none; }

StatisticsAccumulator::StatisticsAccumulator(DType dtype) {
  if (!has_statistics(dtype))
    throw Error(ErrorKind::unsupported, concat("statistics of ", model::row_of(dtype).name,
                                               ", whose elements are no numbers"));
  state_ = std::make_unique<State>(dtype);
}

StatisticsAccumulator::~StatisticsAccumulator() = default;
StatisticsAccumulator::StatisticsAccumulator(StatisticsAccumulator&&) noexcept = default;
StatisticsAccumulator& StatisticsAccumulator::operator=(StatisticsAccumulator&&) noexcept = default;

void StatisticsAccumulator::add(ByteView elements) { state_->add(elements); }

void StatisticsAccumulator::merge(const StatisticsAccumulator& other) {
  state_->merge(*other.state_);
}

Statistics StatisticsAccumulator::result() const { return state_->result(); }

StatisticsAccumulator accumulate_statistics(const model::Storage& storage,
                                            const model::Tensor& tensor,
                                            const StreamOptions& options) {
  StatisticsAccumulator accumulator(tensor.dtype);
  ElementStream stream(storage, tensor, options);
  const PageBlock block(static_cast<std::size_t>(std::clamp<std::uint64_t>(
      stream.remaining_bytes(), sizeof(std::complex<double>), block_bytes)));
  while (const std::size_t count = stream.read(block.bytes())) accumulator.add(block.first(count));
  return accumulator;
}

Statistics compute_statistics(const model::Storage& storage, const model::Tensor& tensor) {
  return accumulate_statistics(storage, tensor).result();
}

Statistics repeated(Statistics statistics, std::uint64_t repeats) {
  for (std::uint64_t* count :
       {&statistics.element_count, &statistics.nan_count, &statistics.positive_infinity_count,
        &statistics.negative_infinity_count, &statistics.zero_count})
    *count = checked_multiply(*count, repeats, "number of elements");
  statistics.l2_norm *= std::sqrt(static_cast<double>(repeats));
  return statistics;
}

}  // namespace ckpt::tensor
