// What differs between two checkpoints, found by compare.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/diff/leaves.hpp"
#include "ckpt/tensor/compare.hpp"

namespace ckpt::diff {

enum class Change : std::uint8_t {
  removed,  ///< only in A
  added,    ///< only in B
  renamed,  ///< equal content under another name
  type,     ///< a tensor became a value, or the other way round; another kind of value
  shape,
  dtype,
  values,  ///< elements of a tensor
  value,   ///< a number, a text, ...
};
inline constexpr std::size_t change_count = 8;

struct Difference {
  Change change = Change::values;
  Area area = Area::root;
  bool is_tensor = false;
  std::optional<std::size_t> a = {};  ///< index into Result::leaves_a
  std::optional<std::size_t> b = {};
  /// Of elements: Change::values, and Change::dtype where the numbers were compared.
  std::optional<tensor::Comparison> comparison = {};
};

struct Counts {
  std::uint64_t same = 0;
  std::uint64_t within_tolerance = 0;  ///< of `same`: not the same bits
  std::uint64_t changed = 0;           ///< type, shape, dtype or values
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t renamed = 0;

  bool operator==(const Counts&) const = default;
};

struct Result {
  std::vector<Leaf> leaves_a;
  std::vector<Leaf> leaves_b;
  /// In the order of A; what only B has at the end, in the order of B.
  std::vector<Difference> differences;
  Counts tensors;
  Counts values;  ///< leaves that are no tensors

  bool is_same() const { return differences.empty(); }
};

}  // namespace ckpt::diff
