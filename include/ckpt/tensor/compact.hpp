// Removes the bytes of storages that no tensor sees. torch.save writes the whole storage of a view:
// saving tensor[:10] of a large tensor saves all of it.
//
//   storage  |aaaa........bbbbbb..|     a and b get two storages of their own
//   storage  |aaaabbbb|                 b lies inside a, or they overlap: one storage stays
//                bbbbcc
//   storage  |a.c.a.c.a.c.|             c sees every second element of a: a's elements stay
//   storage  |a.a.a.a.|                 a column: its elements, side by side
#pragma once

#include <cstdint>

#include "ckpt/model/tree.hpp"

namespace ckpt::tensor {

/// What compact_storages() did.
struct CompactReport {
  std::uint64_t storages = 0;          ///< that tensors view
  std::uint64_t trimmed_storages = 0;  ///< that were replaced by smaller ones
  std::uint64_t dropped_bytes = 0;
};

/// Moves the tensors of each storage with unseen bytes to new, smaller storages, which are parts of
/// the old one. Tensors with a common element keep sharing one storage; every other tensor gets its
/// own, as large as tensor.clone() would make it. Shapes and elements do not change. Strides change
/// only when all tensors of a storage have the same gaps between elements. A second run changes
/// nothing. No byte is read.
///
/// Left as they are: storages that occur without a tensor, and storages of tensors that are more
/// than a view (quantized, subclass), of packed types, or of foreign byte order.
CompactReport compact_storages(model::Tree& tree);

}  // namespace ckpt::tensor
