// The state of a StatisticsAccumulator: counts, extremes, and moments that are merged chunk by
// chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ckpt/tensor/statistics.hpp"
#include "tensor/statistics/kernels.hpp"

namespace ckpt::tensor {

struct StatisticsAccumulator::State {
  explicit State(model::DType of) : dtype(of), first(model::row_of(of).size_bytes) {}

  void add(ByteView elements);
  void merge(const State& other);
  Statistics result() const;

 private:
  void add_chunk(ByteView elements);
  template <class Number, class Summarize>
  void add_finite(std::size_t count, const NumberSummary<Number>& summary,
                  Summarize summarize_around);
  template <class Summarize>
  void add_numbers(std::size_t count, Moments moments, Summarize summarize_around);
  void add_moments(std::uint64_t count, const Moments& added);
  void add_extremes(const RealNumber& minimum, const RealNumber& maximum);
  template <class Number>
  RealNumber extreme_of(Number number) const;
  template <class Float>
  void add_floats(ByteView numbers);
  void add_codes(ByteView codes);
  void add_widened(ByteView elements);
  template <class Integer>
  void add_integers(ByteView numbers);
  void add_bytes(ByteView elements);
  void add_complex(ByteView elements);
  template <class Float>
  std::size_t keep_finite(ByteView numbers, std::span<Float> kept);
  void note_repeated(ByteView elements);

  model::DType dtype;
  Statistics counts = {};          // the counts and extremes of the result
  std::uint64_t summed_count = 0;  // the number of elements in mean and squares_around_mean
  double origin = 0;
  double mean_offset = 0;  // from the origin
  double squares_around_mean = 0;
  bool is_repeated = true;  // complex: all elements so far have these bytes
  Bytes first;
};

}  // namespace ckpt::tensor
