// Reading a block whole from a stream that may give less at a time.
#pragma once

#include <cstddef>
#include <span>

#include "ckpt/model/blob.hpp"

namespace ckpt::model {

/// Reads until `out` is full or the stream has ended; returns how many bytes. Streams that are read
/// side by side stay in step only if each fills its block.
std::size_t read_fully(BlobStream& stream, std::span<std::byte> out);

}  // namespace ckpt::model
