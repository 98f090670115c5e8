// The text of a progress line: "1.2 GB of 2.0 GB, 810 MB/s, 1 s left". The caller decides when and
// where it is shown.
#pragma once

#include <cstdint>
#include <string>

namespace ckpt::render {

struct Progress {
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;  ///< 0: unknown
  double elapsed_seconds = 0;
};

/// The text without a line break. When the total is unknown, "of" and "left" are omitted; when
/// nothing is done yet, the rate is omitted.
std::string progress_text(const Progress& progress);

}  // namespace ckpt::render
