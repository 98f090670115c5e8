// Sums of bytes are added in 16-bit lanes and squares in 32-bit lanes, for at most 64 vectors at a
// time, before a lane could overflow.

#include "tensor/statistics/byte_statistics.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "tensor/lanes/code_vectors.hpp"
#include "tensor/lanes/vector_clones.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

using SignedLanes = Codes8;
using UnsignedLanes = std::uint8_t __attribute__((vector_size(code_vector_bytes)));
using UnsignedHalves = std::uint16_t __attribute__((vector_size(code_vector_bytes)));
using UnsignedWords = std::uint32_t __attribute__((vector_size(code_vector_bytes)));

/// Shifts bytes that were raised to the upper half of their lanes back to the lower half, with
/// sign.
[[gnu::always_inline]] inline void lower(const Codes16& raised, Codes16& halves) {
  halves = raised >> 8;
}
[[gnu::always_inline]] inline void lower(const Codes16& raised, UnsignedHalves& halves) {
  halves = reinterpret_cast<UnsignedHalves>(raised) >> 8;
}

/// At most 64 vectors: then byte lanes can count, and 16-bit lanes can hold 128 times 255.
template <class Lanes, class Halves>
class ByteLanes {
 public:
  using Lane = std::remove_cvref_t<decltype(Lanes{}[0])>;

  [[gnu::always_inline]] void add(const Lanes& lanes) {
    minimum_ = lanes < minimum_ ? lanes : minimum_;
    maximum_ = lanes > maximum_ ? lanes : maximum_;
    zeros_ -= lanes == Lanes{};
    Codes16 low;
    Codes16 high;
    raise(reinterpret_cast<const Codes8&>(lanes), low, high);
    add_raised(low);
    add_raised(high);
  }

  [[gnu::always_inline]] ByteSummary merged() const {
    ByteSummary all{.minimum = minimum_[0], .maximum = maximum_[0]};
    for (std::size_t i = 0; i < sizeof(Lanes); ++i) {
      all.minimum = std::min<int>(all.minimum, minimum_[i]);
      all.maximum = std::max<int>(all.maximum, maximum_[i]);
      all.zero_count += static_cast<std::size_t>(zeros_[i]);
    }
    for (std::size_t i = 0; i < sizeof(Halves) / 2; ++i) all.sum += sums_[i];
    for (std::size_t i = 0; i < sizeof(squares_) / 4; ++i) all.squares += squares_[i];
    return all;
  }

 private:
  [[gnu::always_inline]] void add_raised(const Codes16& raised) {
    Halves halves;
    lower(raised, halves);
    sums_ += halves;
    const auto number = reinterpret_cast<UnsignedHalves>(halves);
    const auto squares = reinterpret_cast<UnsignedWords>(number * number);  // below 2^16
    squares_ += (squares & 0xffffU) + (squares >> 16);
  }

  Lanes minimum_ = Lanes{} + std::numeric_limits<Lane>::max();
  Lanes maximum_ = Lanes{} + std::numeric_limits<Lane>::min();
  SignedLanes zeros_ = {};
  Halves sums_ = {};
  UnsignedWords squares_ = {};
};

[[gnu::always_inline]] inline void add(int number, ByteSummary& all) {
  all.minimum = std::min(all.minimum, number);
  all.maximum = std::max(all.maximum, number);
  all.zero_count += number == 0 ? 1U : 0U;
  all.sum += number;
  all.squares += number * number;
}

template <class Lanes, class Halves>
[[gnu::always_inline]] inline ByteSummary compute_summary(const std::byte* elements,
                                                          std::size_t count) {
  using All = ByteLanes<Lanes, Halves>;
  All lanes;
  Lanes next;
  const std::size_t whole = count - count % sizeof next;
  for (std::size_t i = 0; i < whole; i += sizeof next) {
    std::memcpy(&next, elements + i, sizeof next);
    lanes.add(next);
  }
  ByteSummary all = lanes.merged();
  for (std::size_t i = whole; i < count; ++i)
    add(static_cast<typename All::Lane>(elements[i]), all);
  return all;
}

CKPT_VECTOR_CLONES ByteSummary signed_summary(const std::byte* elements, std::size_t count) {
  return compute_summary<SignedLanes, Codes16>(elements, count);
}
CKPT_VECTOR_CLONES ByteSummary unsigned_summary(const std::byte* elements, std::size_t count) {
  return compute_summary<UnsignedLanes, UnsignedHalves>(elements, count);
}

CKPT_VECTOR_CLONES std::size_t count_zeros(const std::byte* elements, std::size_t count) {
  SignedLanes zeros = {};
  SignedLanes next;
  const std::size_t whole = count - count % sizeof next;
  for (std::size_t i = 0; i < whole; i += sizeof next) {
    std::memcpy(&next, elements + i, sizeof next);
    zeros -= next == SignedLanes{};
  }
  auto zero_count =
      static_cast<std::size_t>(std::count(elements + whole, elements + count, std::byte{0}));
  for (std::size_t i = 0; i < sizeof zeros; ++i) zero_count += static_cast<std::size_t>(zeros[i]);
  return zero_count;
}

/// Any byte but 0 is true, so the number of zeros determines everything.
ByteSummary summarize_truths(ByteView elements) {
  const std::size_t zero_count = count_zeros(elements.data(), elements.size());
  const auto true_count = static_cast<std::int64_t>(elements.size() - zero_count);
  return {.minimum = zero_count > 0 ? 0 : 1,
          .maximum = true_count > 0 ? 1 : 0,
          .zero_count = zero_count,
          .sum = true_count,
          .squares = true_count};
}

}  // namespace

bool is_byte_integer(DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  return row.size_bytes == 1 && row.elements_per_byte == 1 &&
         row.number_class != model::NumberClass::floating &&
         row.number_class != model::NumberClass::bits;
}

ByteSummary summarize_bytes(DType dtype, ByteView elements) {
  if (dtype == DType::boolean) return summarize_truths(elements);
  const bool is_signed = dtype == DType::int8 || dtype == DType::qint8;
  return is_signed ? signed_summary(elements.data(), elements.size())
                   : unsigned_summary(elements.data(), elements.size());
}

}  // namespace ckpt::tensor
