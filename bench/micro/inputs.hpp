// What the loops run over: elements as models have them, in blocks that come from memory and whose
// results stay in the cache, as the pieces of a stream do.
#pragma once

#include <algorithm>
#include <cstddef>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"
#include "ckpt/model/tree.hpp"

namespace bench {

inline constexpr std::size_t input_bytes = std::size_t{64} << 20;
inline constexpr std::size_t block_bytes = std::size_t{128} << 10;

/// `byte_count` bytes of elements: floats between -1 and 1, as weights are; integers of any value
/// of up to 32 bits. Another seed gives other elements.
ckpt::Bytes make_elements(ckpt::model::DType dtype, std::size_t byte_count, unsigned seed = 1);

/// A vector of these elements, in `tree`.
ckpt::model::NodeId add_vector(ckpt::model::Tree& tree, ckpt::model::DType dtype,
                               ckpt::Bytes elements);

template <class Work>
void for_each_block(ckpt::ByteView bytes, Work work) {
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes)
    work(bytes.subspan(at, std::min(block_bytes, bytes.size() - at)));
}

}  // namespace bench
