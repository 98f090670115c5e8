// The longest accepted name of a module or of a global in it. Python has no limit, but no honest
// name is near this one.
#pragma once

#include <cstddef>

namespace ckpt::pickle {

/// unpickle() refuses longer names. scan() keeps one byte more than this and drops the rest, so
/// that a reader of the scan can tell that a name was cut: a pickle can refer to a name of
/// megabytes thousands of times in a few bytes each, and every reader of the scan looks at every
/// reference.
inline constexpr std::size_t longest_name_bytes = 1000;

}  // namespace ckpt::pickle
