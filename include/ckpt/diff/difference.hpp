// The result of comparing two checkpoints (compare.hpp): the leaves of both sides, the differences
// between them in file order, and counts. Leaves that are equal appear only in the counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/diff/leaves.hpp"
#include "ckpt/tensor/compare.hpp"

namespace ckpt::diff {

/// The kinds of differences.
enum class Change : std::uint8_t {
  removed,  ///< only in A
  added,    ///< only in B
  renamed,  ///< equal content under another name
  type,     ///< a tensor became a value or a value a tensor; or another kind of value
  shape,
  dtype,
  values,  ///< elements of a tensor
  value,   ///< a number, a text, ...
};
inline constexpr std::size_t change_count = 8;

/// One difference between the two checkpoints.
struct Difference {
  Change change = Change::values;
  Area area = Area::root;
  bool is_tensor = false;
  std::optional<std::size_t> a = {};  ///< index into Result::leaves_a
  std::optional<std::size_t> b = {};
  /// Of the elements: for Change::values, and for Change::dtype when numbers were compared.
  std::optional<tensor::Comparison> comparison = {};
};

/// How many leaves of a kind are equal, changed, added, removed or renamed.
struct Counts {
  std::uint64_t same = 0;
  std::uint64_t within_tolerance = 0;  ///< part of `same`: the bits differ
  std::uint64_t changed = 0;           ///< in type, shape, dtype or values
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t renamed = 0;

  bool operator==(const Counts&) const = default;
};

struct Result {
  std::vector<Leaf> leaves_a;
  std::vector<Leaf> leaves_b;
  /// In the order of A; entries that only B has follow, in the order of B.
  std::vector<Difference> differences;
  Counts tensors;
  Counts values;  ///< leaves that are not tensors

  bool is_same() const { return differences.empty(); }
};

}  // namespace ckpt::diff
