// Bytes of a file that no record of its container has: what edits in place left behind.
#pragma once

#include <cstdint>

#include "ckpt/formats/document.hpp"

namespace ckpt::formats {

/// save_document would leave them out. 0 for containers that have no such bytes. Reads the
/// directory again, and no storage. Errors: Error{io}; Error{malformed}.
std::uint64_t count_idle_bytes(const Document& document);

}  // namespace ckpt::formats
