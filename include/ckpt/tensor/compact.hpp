// Storages without the bytes that no tensor sees.
//
//   storage  |aaaa........bbbbbb..|     a and b: two storages of their own
//   storage  |aaaabbbb|                 b inside a, or they overlap: still one, as before
//                bbbbcc
//   storage  |a.c.a.c.a.c.|             c sees every second of a's elements: a's elements alone
//   storage  |a.a.a.a.|                 a column: its elements alone, side by side
#pragma once

#include <cstdint>

#include "ckpt/model/tree.hpp"

namespace ckpt::tensor {

struct CompactReport {
  std::uint64_t storages = 0;          ///< that tensors view
  std::uint64_t trimmed_storages = 0;  ///< that were replaced by smaller ones
  std::uint64_t dropped_bytes = 0;
};

/// Gives the tensors of each storage that has bytes which none of them sees new storages, as parts
/// of the old one: tensors with an element in common share one, the others get their own, as large
/// as tensor.clone() would make it. Shapes and elements stay; strides too, unless all tensors of a
/// storage have the same gaps between their elements. Doing it again changes nothing. Left alone:
/// storages that appear without a tensor around them, and those of tensors that are more than a
/// view (quantised, subclasses), of packed types or foreign byte order. No byte is read.
CompactReport compact_storages(model::Tree& tree);

}  // namespace ckpt::tensor
