// Independent pieces of work on a few threads.
#pragma once

#include <cstddef>
#include <functional>

namespace ckpt::diff {

/// Calls work(0) ... work(count - 1), each once, on up to `thread_count` threads, in about that
/// order. When some throw, the rest is left out and the exception of the lowest index is rethrown.
void for_each_index(std::size_t count, unsigned thread_count,
                    const std::function<void(std::size_t index)>& work);

/// Threads that suit this machine: its processors, at most 4, which is what the memory allows.
unsigned usual_thread_count();

}  // namespace ckpt::diff
