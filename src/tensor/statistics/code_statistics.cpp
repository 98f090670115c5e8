// Minimum and maximum compare codes as integers (ranks); sums use code_vectors.hpp. A chunk with
// Inf or NaN is left to the general way.

#include "tensor/statistics/code_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "tensor/lanes/code_vectors.hpp"
#include "tensor/lanes/sum_lanes.hpp"
#include "tensor/lanes/vector_clones.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

static_assert(code_step_bytes == code_vector_bytes);

/// A rank is an integer in the order of the numbers: for a negative code all bits except the sign
/// are inverted, so -0 has rank -1. The same operation converts back.
template <FloatFormat format, class Code>
class RankLanes {
 public:
  [[gnu::always_inline]] void add(const CodeLanes<Code>& codes) {
    const CodeLanes<Code> ranks = codes ^ ((codes < CodeLanes<Code>{}) & magnitude_bits);
    minimum_ = ranks < minimum_ ? ranks : minimum_;
    maximum_ = ranks > maximum_ ? ranks : maximum_;
    zeros_ -= (codes & magnitude_bits) == CodeLanes<Code>{};
    if constexpr (has_negative_zero_nan) nans_ |= codes == sign;
  }

  [[gnu::always_inline]] void write(NumberSummary<float>& summary) const {
    int minimum = minimum_[0];
    int maximum = maximum_[0];
    bool has_nan = false;
    for (std::size_t i = 0; i < code_vector_bytes / sizeof(Code); ++i) {
      minimum = std::min<int>(minimum, minimum_[i]);
      maximum = std::max<int>(maximum, maximum_[i]);
      summary.zero_count += static_cast<std::size_t>(zeros_[i]);
      has_nan |= nans_[i] != 0;
    }
    constexpr int largest = static_cast<int>(Codes<format>::largest);
    summary.is_finite = !has_nan && maximum <= largest && minimum >= -largest - 1;
    summary.minimum = number_of(minimum);
    summary.maximum = number_of(maximum);
  }

 private:
  static constexpr bool has_negative_zero_nan = format.top_codes == TopCodes::negative_zero_nan;
  static constexpr auto magnitude_bits = static_cast<Code>(Codes<format>::all_set);
  static constexpr auto sign = static_cast<Code>(Codes<format>::sign);

  [[gnu::always_inline]] static float number_of(int rank) {
    const auto code = static_cast<std::uint32_t>(rank < 0 ? rank ^ magnitude_bits : rank);
    return widen<format>(code & (2 * Codes<format>::sign - 1));
  }

  CodeLanes<Code> minimum_ = CodeLanes<Code>{} + std::numeric_limits<Code>::max();
  CodeLanes<Code> maximum_ = CodeLanes<Code>{} + std::numeric_limits<Code>::min();
  CodeLanes<Code> zeros_ = {};  // a byte counts to 127; there are at most 2048 / 32 codes per lane
  CodeLanes<Code> nans_ = {};
};

template <FloatFormat format, class Code>
[[gnu::always_inline]] inline NumberSummary<float> compute_summary(const std::byte* codes,
                                                                   std::size_t size_bytes,
                                                                   double origin) {
  RankLanes<format, Code> ranks;
  SumLanes low_sums;
  SumLanes high_sums;
  CodeLanes<Code> lanes;
  for (std::size_t at = 0; at < size_bytes; at += sizeof lanes) {
    std::memcpy(&lanes, codes + at, sizeof lanes);
    ranks.add(lanes);
    for_each_eight<format>(
        lanes, [&](const Doubles& low, const Doubles& high) __attribute__((always_inline)) {
          low_sums.add(low * code_scale<format> - origin);
          high_sums.add(high * code_scale<format> - origin);
        });
  }
  const Sums sums = merged(low_sums, high_sums);
  const double offset = sums.distances / static_cast<double>(size_bytes / sizeof(Code));
  NumberSummary<float> summary;
  ranks.write(summary);
  summary.moments = {offset, std::max(sums.squares - offset * sums.distances, 0.0)};
  return summary;
}

// One cloned function holds the loops of all types: a template would need a clone per type.
CKPT_VECTOR_CLONES NumberSummary<float> code_summary(DType dtype, const std::byte* codes,
                                                     std::size_t size_bytes, double origin) {
  switch (dtype) {
    case DType::float16:
      return compute_summary<float16_format, std::int16_t>(codes, size_bytes, origin);
    case DType::bfloat16:
      return compute_summary<bfloat16_format, std::int16_t>(codes, size_bytes, origin);
    case DType::float8_e5m2:
      return compute_summary<e5m2_format, std::int8_t>(codes, size_bytes, origin);
    case DType::float8_e4m3fn:
      return compute_summary<e4m3fn_format, std::int8_t>(codes, size_bytes, origin);
    case DType::float8_e5m2fnuz:
      return compute_summary<e5m2fnuz_format, std::int8_t>(codes, size_bytes, origin);
    case DType::float8_e4m3fnuz:
      return compute_summary<e4m3fnuz_format, std::int8_t>(codes, size_bytes, origin);
    default:
      throw std::logic_error("summarize_codes of a dtype without");
  }
}

}  // namespace

bool has_code_summary(DType dtype) {
  switch (dtype) {
    case DType::float16:
    case DType::bfloat16:
    case DType::float8_e5m2:
    case DType::float8_e4m3fn:
    case DType::float8_e5m2fnuz:
    case DType::float8_e4m3fnuz:
      return true;
    default:
      return false;
  }
}

NumberSummary<float> summarize_codes(DType dtype, ByteView codes, double origin) {
  return code_summary(dtype, codes.data(), codes.size(), origin);
}

}  // namespace ckpt::tensor
