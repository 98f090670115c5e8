// Fills a whole block from a stream. BlobStream::read() may return fewer bytes than asked for, for
// example at the border of two parts.
#pragma once

#include <cstddef>
#include <span>

#include "ckpt/model/blob.hpp"

namespace ckpt::model {

/// Reads until `out` is full or the stream ends; returns the number of bytes. Needed when two
/// streams are compared block by block: both blocks must cover the same range.
std::size_t read_fully(BlobStream& stream, std::span<std::byte> out);

}  // namespace ckpt::model
