#include "cli/progress_line.hpp"

#include "ckpt/render/progress.hpp"

namespace ckpt::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto first_shown_after = 1s;
constexpr auto shown_every = 100ms;

ProgressLine::Clock::rep ticks(ProgressLine::Clock::time_point moment) {
  return moment.time_since_epoch().count();
}

}  // namespace

ProgressLine::ProgressLine(Console& console, std::uint64_t total_bytes,
                           Clock::time_point started_at)
    : console_(console),
      total_bytes_(total_bytes),
      started_at_(started_at),
      is_wanted_(console.can_show_progress()),
      next_shown_at_(ticks(started_at + first_shown_after)) {}

ProgressLine::~ProgressLine() {
  try {
    console_.show_progress({});
  } catch (...) {
    // A failure is ignored: a terminal that went away needs no cleaning.
  }
}

void ProgressLine::advance(std::uint64_t bytes, Clock::time_point now) {
  const std::uint64_t done_bytes = done_bytes_ += bytes;
  if (!is_wanted_) return;
  Clock::rep due = next_shown_at_;
  // When several threads find the line due, the one that advances the time shows it.
  if (ticks(now) < due || !next_shown_at_.compare_exchange_strong(due, ticks(now + shown_every)))
    return;
  const std::chrono::duration<double> elapsed = now - started_at_;
  console_.show_progress(render::progress_text(
      {.done_bytes = done_bytes, .total_bytes = total_bytes_, .elapsed_seconds = elapsed.count()}));
}

}  // namespace ckpt::cli
