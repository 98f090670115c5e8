#include "commands/copy/report.hpp"

#include "ckpt/base/text.hpp"

namespace ckpt::commands {

using match::Fit;
using match::Named;

std::string_view word_of(Fit fit) {
  switch (fit) {
    case Fit::same:
    case Fit::scalar:
      return "copied";
    case Fit::cast:
      return "cast";
    case Fit::slice:
      return "sliced";
    case Fit::pad:
      return "padded";
    case Fit::other_shape:
    case Fit::other_dtype:
    case Fit::other_kind:
      return "mismatched";
  }
  return "";
}

std::string_view reason_of(Fit fit) {
  if (fit == Fit::other_shape) return "shape";
  return fit == Fit::other_dtype ? "dtype" : "kind";
}

std::string copy_counts_text(const CopyReport& report) {
  const edit::CopyCounts counts = count_copied(report.plan);
  std::string text = concat(
      counted(counts.copied, "tensor"), " copied (", counted(counts.buffers, "buffer"), "), ",
      report.plan.pairing.missing.size(), " missing, ", report.plan.pairing.unexpected.size(),
      " unexpected, ", counts.mismatched, " mismatched");
  const auto add = [&](std::size_t count, std::string_view word) {
    if (count > 0) text += concat(", ", count, ' ', word);
  };
  add(counts.cast, "cast");
  add(counts.sliced, "sliced");
  add(counts.padded, "padded");
  if (counts.values > 0) text += concat(", ", counted(counts.values, "other value"), " copied");
  add(counts.left_out, "left out");
  if (report.optimizer.taken + report.optimizer.fresh > 0)
    text += concat("; ", counted(report.optimizer.taken, "state"), " carried, ",
                   report.optimizer.fresh, " fresh");
  return text;
}

}  // namespace ckpt::commands
