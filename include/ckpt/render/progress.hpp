// One line that says how far a long job is: "1.2 GB of 2.0 GB, 810 MB/s, 1 s left".
// Only the words are made here; who shows them, and when, is decided by the caller.
#pragma once

#include <cstdint>
#include <string>

namespace ckpt::render {

struct Progress {
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;  ///< 0: not known
  double elapsed_seconds = 0;
};

/// The line, without a line break. Without a total there is no "of" and no "left"; before
/// anything is done there is no rate.
std::string progress_text(const Progress& progress);

}  // namespace ckpt::render
