// Bytes of an archive that belong to no record: what edits in place left behind.
#pragma once

#include <cstdint>

#include "ckpt/zip/archive.hpp"

namespace ckpt::zip {

/// Of the bytes before the directory those between records. Where records follow each other as
/// PyTorch lays them out nothing is read; where one does not, its local header tells how long it
/// is. Errors: Error{io}; Error{malformed} as Archive::payload.
std::uint64_t count_idle_bytes(const Archive& archive, std::uint64_t alignment_bytes);

}  // namespace ckpt::zip
