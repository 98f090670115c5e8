// Runs independent pieces of work on a few threads. The work must not share mutable data; each call
// gets its own index.
#pragma once

#include <cstddef>
#include <functional>

namespace ckpt::diff {

/// Calls work(0) to work(count - 1), each once, on up to `thread_count` threads, in about this
/// order. When calls throw, no new ones start, and the exception with the lowest index is rethrown.
void for_each_index(std::size_t count, unsigned thread_count,
                    const std::function<void(std::size_t index)>& work);

/// The number of processors, at most 4: with more threads, memory is the limit.
unsigned usual_thread_count();

}  // namespace ckpt::diff
