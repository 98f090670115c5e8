#include "ckpt/render/progress.hpp"

#include <cmath>

#include "ckpt/base/text.hpp"
#include "ckpt/render/size_text.hpp"

namespace ckpt::render {

namespace {

/// Whole seconds, rounded up: "1 s left" until the end.
std::string remaining_text(double seconds) {
  if (seconds < 60) return concat(static_cast<std::uint64_t>(std::ceil(seconds)), " s");
  return human_seconds(seconds);
}

}  // namespace

std::string progress_text(const Progress& progress) {
  std::string out = human_bytes(progress.done_bytes);
  if (progress.total_bytes > 0) out += concat(" of ", human_bytes(progress.total_bytes));
  if (progress.done_bytes == 0 || !(progress.elapsed_seconds > 0)) return out;
  const double bytes_per_second =
      static_cast<double>(progress.done_bytes) / progress.elapsed_seconds;
  out += concat(", ", human_rate(bytes_per_second));
  if (progress.total_bytes <= progress.done_bytes) return out;
  const auto left_bytes = static_cast<double>(progress.total_bytes - progress.done_bytes);
  return concat(out, ", ", remaining_text(left_bytes / bytes_per_second), " left");
}

}  // namespace ckpt::render
