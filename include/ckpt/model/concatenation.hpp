// Blobs one after the other, read as one.
#pragma once

#include <memory>
#include <vector>

#include "ckpt/model/blob.hpp"

namespace ckpt::model {

/// `parts` in order; the part itself when there is one. Throws Error{limit} when the sum of their
/// sizes does not fit.
std::shared_ptr<const Blob> make_concatenation(std::vector<std::shared_ptr<const Blob>> parts);

}  // namespace ckpt::model
