// Counts the bytes of an archive that belong to no record. An edit in place appends new records and
// a new directory; the replaced records and the old directory stay in the file as idle bytes, until
// the file is saved anew.
#pragma once

#include <cstdint>

#include "ckpt/zip/archive.hpp"

namespace ckpt::zip {

/// The idle bytes in front of the directory. Where each record starts where PyTorch's layout puts
/// it, nothing is read; otherwise the local header of the record is read for its length. Throws
/// Error{io}; Error{malformed} as Archive::payload does.
std::uint64_t count_idle_bytes(const Archive& archive, std::uint64_t alignment_bytes);

}  // namespace ckpt::zip
