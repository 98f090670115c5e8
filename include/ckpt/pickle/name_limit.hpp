// How long the names of modules and of what is in them may be.
#pragma once

#include <cstddef>

namespace ckpt::pickle {

/// unpickle() refuses longer ones. scan() keeps one byte more than this of a longer one, which
/// tells that it was cut: a few bytes of a pickle can name a string of megabytes again, and whoever
/// reads the scan looks through it each time.
inline constexpr std::size_t longest_name_bytes = 1000;

}  // namespace ckpt::pickle
