// Measures how much the elements of two tensors of the same shape differ, in one pass.
//
//   Comparer comparer(DType::float32, DType::float32, {});
//   comparer.add(block_of_a, block_of_b);   // any number of times, in logical order
//   const Comparison figures = comparer.result();
//
// Elements of one dtype are compared by their bits: a NaN equals a NaN with the same bits, and -0
// differs from 0. Elements of two dtypes are compared as exact numbers. Sums are in double; sums of
// squares that leave the range of doubles, as those of 1e300, carry an exponent of their own.
//
// A Comparer belongs to one thread. Several threads compare ranges of one tensor with a Comparer
// each, and merge() joins them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/wide_sum.hpp"

namespace ckpt::tensor {

/// Elements a and b count as the same when |a - b| <= absolute + relative * |b|, the rule of
/// numpy.allclose and torch.allclose, or when at most `ulp` steps between neighbouring numbers of
/// their dtype lead from one to the other. Elements that are not finite must have the same bits.
struct Tolerance {
  double absolute = 0;
  double relative = 0;
  std::uint64_t ulp = 0;

  bool is_exact() const { return absolute == 0 && relative == 0 && ulp == 0; }
  bool operator==(const Tolerance&) const = default;
};

/// Two elements that differ by more than the tolerance.
struct ElementPair {
  std::uint64_t index = 0;  ///< in logical order
  std::array<std::byte, 16> a{};
  std::array<std::byte, 16> b{};
};

/// The result of a comparison. The figures cover pairs in which both numbers are finite. Where
/// elements are not numbers (bits, packed types), `is_numeric` is false and the figures are 0.
struct Comparison {
  std::uint64_t element_count = 0;
  std::uint64_t changed_count = 0;    ///< other bits; across dtypes: another number
  std::uint64_t beyond_count = 0;     ///< changed by more than the tolerance
  std::uint64_t zero_sign_count = 0;  ///< changed from 0 to -0 or back
  std::uint64_t new_nan_count = 0;    ///< NaN in B, not NaN in A
  std::uint64_t new_inf_count = 0;    ///< infinite in B, not infinite in A
  bool is_numeric = false;
  double max_abs = 0;               ///< of |a - b|
  std::uint64_t max_abs_index = 0;  ///< the first element that reaches it
  double mean_abs = 0;
  double max_relative = 0;                ///< of |a - b| / |b|, where b is not 0
  double rms = 0;                         ///< root of the mean of (a - b)^2
  double relative_norm = 0;               ///< norm of a - b divided by the norm of a; Inf when the
                                          ///< norm of a is 0
  double cosine = 0;                      ///< of the angle between a and b; NaN when one of them is
                                          ///< all 0
  std::optional<ElementPair> first = {};  ///< the first beyond the tolerance

  bool is_same() const { return beyond_count == 0; }
};

struct ChunkPair;
struct ChunkSums;

/// Compares blocks of elements. Comparers of consecutive ranges of one tensor can be merged, first
/// range first.
class Comparer {
 public:
  /// `first_index` is the index of the first element that will be added.
  Comparer(model::DType a, model::DType b, const Tolerance& tolerance,
           std::uint64_t first_index = 0);

  /// Adds the same number of whole elements of both tensors.
  void add(ByteView a, ByteView b);
  /// Counts elements that are bit-equal in both tensors without computing norms and cosine from
  /// them. These figures are incomplete until add_equal() gets the elements.
  void skip_equal(std::uint64_t element_count);
  std::uint64_t skipped_count() const { return skipped_count_; }
  /// Adds the elements of a skipped range to norms and cosine.
  void add_equal(ByteView elements);

  bool has_change() const { return changed_count_ > 0; }
  bool is_same() const { return beyond_count_ == 0; }
  void merge(const Comparer& next);
  Comparison result() const;

 private:
  /// Adds a few hundred elements.
  void add_chunk(ByteView a, ByteView b);
  void add_bits(ByteView a, ByteView b, std::uint64_t changed_count);
  bool add_finite(ByteView a, ByteView b, std::uint64_t changed_bits);
  void add_numbers(ByteView a, ByteView b, std::uint64_t changed_bits);
  void add_sums(const ChunkSums& sums, const ChunkPair* pair);
  void fill(ChunkPair& pair, ByteView a, ByteView b) const;
  void add_complex(ByteView a, ByteView b);
  void add_complex_pair(ByteView a, ByteView b);
  void note_zero_signs(std::uint64_t changed_bits, std::uint64_t changed_values);
  void note_first_change(ByteView a, ByteView b);
  void note_first(std::uint64_t index, const std::byte* a, const std::byte* b);
  void note_max(double max_abs, std::uint64_t index);

  model::DType dtype_a_;
  model::DType dtype_b_;
  Tolerance tolerance_;
  std::uint64_t next_index_;
  std::uint64_t element_count_ = 0;
  std::uint64_t skipped_count_ = 0;
  std::uint64_t changed_count_ = 0;
  std::uint64_t beyond_count_ = 0;
  std::uint64_t zero_sign_count_ = 0;
  std::uint64_t new_nan_count_ = 0;
  std::uint64_t new_inf_count_ = 0;
  std::uint64_t not_finite_count_ = 0;
  double sum_abs_ = 0;
  PairSums sums_;
  double max_abs_ = 0;
  std::uint64_t max_abs_index_ = 0;
  double max_relative_ = 0;
  std::optional<ElementPair> first_;
};

/// A tensor with its storage.
struct StoredTensor {
  const model::Storage& storage;
  const model::Tensor& tensor;
  std::string place = {};  ///< for messages: "model.pt: fc.weight"
};

enum class Wanted : std::uint8_t {
  verdict,  ///< only whether they differ: stops at the first difference, which is `first`
  figures,
};

struct CompareOptions {
  Tolerance tolerance = {};
  Wanted wanted = Wanted::figures;
  ElementRange range = {};
  std::size_t gather_buffer_bytes = std::size_t{2} << 20;  ///< per side, for strided tensors
};

/// Compares a range of two tensors of equal shape. Equal elements before the first change are
/// skipped (skip_equal); complete() adds them. Throws as ElementStream does.
Comparer compare_range(const StoredTensor& a, const StoredTensor& b, const CompareOptions& options);

/// Reads from `a` what compare_range() with the same options skipped, and adds it.
void complete(Comparer& comparer, const StoredTensor& a, const CompareOptions& options);

/// Compares all elements on one thread.
Comparison compare(const StoredTensor& a, const StoredTensor& b,
                   const CompareOptions& options = {});

}  // namespace ckpt::tensor
