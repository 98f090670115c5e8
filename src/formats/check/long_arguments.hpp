// Handles pickle opcodes with arguments of any length: reads pickles without these arguments, so
// that a checker need not load a string of gigabytes.
#pragma once

#include <cstdint>
#include <optional>

#include "ckpt/base/bytes.hpp"

namespace ckpt::formats {

struct LongArgument {
  std::optional<std::size_t> length_bytes = {};  ///< in front of it; nothing: it ends with its line
  std::uint64_t size_bytes = 0;                  ///< of an argument with a length
};

/// The argument of the opcode at the start of `rest`, which must have nine bytes; nothing when the
/// opcode has no argument of variable length.
std::optional<LongArgument> find_long_argument(ByteView rest);

}  // namespace ckpt::formats
