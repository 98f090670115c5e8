// The progress of one long job on stderr. Shown only on a terminal, only after one second, at most
// ten times a second, and removed when the job ends.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "cli/console.hpp"

namespace ckpt::cli {

class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;

  /// `total_bytes` 0: unknown. The console must outlive the line.
  ProgressLine(Console& console, std::uint64_t total_bytes,
               Clock::time_point started_at = Clock::now());
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Adds to the bytes done. May be called from any thread; costs one addition unless the line is
  /// due.
  void advance(std::uint64_t bytes, Clock::time_point now = Clock::now());

 private:
  Console& console_;
  std::uint64_t total_bytes_;
  Clock::time_point started_at_;
  bool is_wanted_;
  std::atomic<std::uint64_t> done_bytes_ = 0;
  std::atomic<Clock::rep> next_shown_at_;  // ticks since the epoch of the clock
};

}  // namespace ckpt::cli
