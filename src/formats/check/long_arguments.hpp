// Opcodes of a pickle whose argument may be of any length, and pickles without such arguments.
#pragma once

#include <cstdint>
#include <optional>

#include "ckpt/base/bytes.hpp"

namespace ckpt::formats {

struct LongArgument {
  std::optional<std::size_t> length_bytes = {};  ///< in front of it; none: it ends with its line
  std::uint64_t size_bytes = 0;                  ///< of one with a length
};

/// That of the opcode at the start of `rest`, which must have nine bytes; nothing when the opcode
/// has no such argument.
std::optional<LongArgument> find_long_argument(ByteView rest);

}  // namespace ckpt::formats
