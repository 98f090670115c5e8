// Gathers the elements of a box from random positions into a dense block.
//
// The storage is read in runs along the axes with the smallest strides, as long as reading across
// the gap between two elements is cheaper than another read. A batch of runs is read side by side
// and then spread to the output, so that the writes of a transposition fill whole cache lines:
//
//   storage   a run -> |aaaa...|bbbb...|cccc...|   runs of T elements, one for each column
//   scratch            |aaaa|bbbb|cccc|            a batch of them
//   output             abc...                      T rows, a piece of each at a time
//                      abc...
#pragma once

#include <cstddef>
#include <span>

#include "ckpt/base/bytes.hpp"
#include "tensor/read/axes.hpp"
#include "tensor/read/random_access.hpp"

namespace ckpt::tensor {

class Gatherer {
 public:
  /// `storage` starts at element 0 and must outlive the gatherer.
  Gatherer(const RandomAccess& storage, std::size_t element_bytes);

  /// Fills `out` with the elements of `box` in logical order; `out` has exactly their size.
  void gather(const Box& box, std::span<std::byte> out);

 private:
  const RandomAccess& storage_;
  std::size_t element_bytes_;
  Bytes scratch_;
};

}  // namespace ckpt::tensor
