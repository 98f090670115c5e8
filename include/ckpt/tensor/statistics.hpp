// What can be said about the elements of a tensor after one pass.
//
//   StatisticsAccumulator all(tensor.dtype);
//   all.add(block);                          // any number of times
//   const Statistics statistics = all.result();
//
// Sums are accumulated in double, by lanes and blocks, as distances from the mean of the first
// block where that is far from 0, and the squares around the mean of each block, so that a large
// mean does not drown a small deviation.
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

/// As Number of elements.hpp, without the complex ones, which have no order.
using RealNumber = std::variant<bool, std::int64_t, std::uint64_t, double>;

/// minimum, maximum, mean, standard_deviation and l2_norm are about the finite elements. There are
/// no minimum, maximum, mean and standard_deviation without finite elements, nor of complex ones.
struct Statistics {
  std::uint64_t element_count = 0;
  std::uint64_t nan_count = 0;                ///< complex: either part is NaN
  std::uint64_t positive_infinity_count = 0;  ///< complex: of either sign and part, without NaN
  std::uint64_t negative_infinity_count = 0;
  std::uint64_t zero_count = 0;  ///< 0 and -0
  bool is_constant = false;      ///< all are equal (0 to -0, NaN to NaN); false without elements
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

/// Whether elements of `dtype` are numbers: all but bits, float4 and the packed quint types.
/// Quantized elements count as their stored integers, bool as 0 and 1.
bool has_statistics(model::DType dtype);

class StatisticsAccumulator {
 public:
  /// Throws Error{unsupported} unless has_statistics().
  explicit StatisticsAccumulator(model::DType dtype);
  ~StatisticsAccumulator();
  StatisticsAccumulator(StatisticsAccumulator&&) noexcept;
  StatisticsAccumulator& operator=(StatisticsAccumulator&&) noexcept;

  /// Whole elements in this machine's byte order.
  void add(ByteView elements);
  /// Adds what another accumulator of the same dtype has seen.
  void merge(const StatisticsAccumulator& other);
  Statistics result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What one thread sees of a range of the elements; throws as ElementStream and the constructor.
StatisticsAccumulator accumulate_statistics(const model::Storage& storage,
                                            const model::Tensor& tensor,
                                            const StreamOptions& options = {});

Statistics compute_statistics(const model::Storage& storage, const model::Tensor& tensor);

/// Statistics of a tensor in which every element of the measured one occurs `repeats` times.
/// Throws Error{limit} when there are more than 2^64 elements.
Statistics repeated(Statistics statistics, std::uint64_t repeats);

}  // namespace ckpt::tensor
