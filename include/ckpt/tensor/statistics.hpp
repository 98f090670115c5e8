// Statistics of the elements of a tensor, in one pass.
//
//   StatisticsAccumulator all(tensor.dtype);
//   all.add(block);                          // any number of times
//   const Statistics statistics = all.result();
//
// Sums are in double, by lanes and blocks. Where the mean of the first block is far from 0,
// distances from it are summed instead, and squares are summed around the mean of each block:
// otherwise rounding would drown a small deviation beside a large mean.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace ckpt::tensor {

/// Like Number of elements.hpp, without complex numbers, which have no order.
using RealNumber = std::variant<bool, std::int64_t, std::uint64_t, double>;

/// minimum, maximum, mean, standard_deviation and l2_norm cover the finite elements. Without finite
/// elements, and for complex numbers, there is no minimum, maximum, mean or standard_deviation.
struct Statistics {
  std::uint64_t element_count = 0;
  std::uint64_t nan_count = 0;                ///< complex: when either part is NaN
  std::uint64_t positive_infinity_count = 0;  ///< complex: an infinite part of either sign, and no
                                              ///< NaN
  std::uint64_t negative_infinity_count = 0;
  std::uint64_t zero_count = 0;  ///< 0 and -0
  bool is_constant = false;      ///< all elements are equal (0 equals -0, NaN equals NaN); false
                                 ///< without elements
  std::optional<RealNumber> minimum =
      {};  ///< exact, of the kind that decode() gives; 0 is never -0
  std::optional<RealNumber> maximum = {};
  std::optional<double> mean = {};
  /// Of the population: torch.std(correction=0), numpy.std.
  std::optional<double> standard_deviation = {};
  double l2_norm = 0;  ///< root of the sum of squares; complex: of both parts

  std::uint64_t finite_count() const {
    return element_count - nan_count - positive_infinity_count - negative_infinity_count;
  }
};

/// Whether elements of `dtype` are numbers: all types but bits, float4 and the packed quint types.
/// Quantized elements count as their stored integers, bool as 0 and 1.
bool has_statistics(model::DType dtype);

/// One thread uses an accumulator; merge() joins those of several threads.
class StatisticsAccumulator {
 public:
  /// Throws Error{unsupported} unless has_statistics().
  explicit StatisticsAccumulator(model::DType dtype);
  ~StatisticsAccumulator();
  StatisticsAccumulator(StatisticsAccumulator&&) noexcept;
  StatisticsAccumulator& operator=(StatisticsAccumulator&&) noexcept;

  /// Adds whole elements in this machine's byte order.
  void add(ByteView elements);
  /// Adds the elements that `other`, of the same dtype, has seen.
  void merge(const StatisticsAccumulator& other);
  Statistics result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The statistics of a range, computed on one thread. Throws as ElementStream and the constructor
/// do.
StatisticsAccumulator accumulate_statistics(const model::Storage& storage,
                                            const model::Tensor& tensor,
                                            const StreamOptions& options = {});

/// The statistics of all elements, computed on one thread.
Statistics compute_statistics(const model::Storage& storage, const model::Tensor& tensor);

/// The statistics of a tensor that contains every element of the measured tensor `repeats` times.
/// Throws Error{limit} when it has more than 2^64 elements.
Statistics repeated(Statistics statistics, std::uint64_t repeats);

}  // namespace ckpt::tensor
