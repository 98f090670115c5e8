// Blobs side by side: of each the first row, then of each the second, as a concatenation along an
// inner dimension lays its parts.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ckpt/model/blob.hpp"

namespace ckpt::tensor {

/// Each part consists of `rows` rows of equal length. There is at least one part and one row.
std::shared_ptr<const model::Blob> make_interleaving(
    std::vector<std::shared_ptr<const model::Blob>> parts, std::uint64_t rows);

}  // namespace ckpt::tensor
