// Blobs in alternation: the first row of each, then the second row of each, and so on. A
// concatenation along an inner dimension has its parts in memory like this.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ckpt/model/blob.hpp"

namespace ckpt::tensor {

/// Each part consists of `rows` rows of equal length. There must be at least one part and one row.
std::shared_ptr<const model::Blob> make_interleaving(
    std::vector<std::shared_ptr<const model::Blob>> parts, std::uint64_t rows);

}  // namespace ckpt::tensor
