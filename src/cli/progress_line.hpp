// Progress of one long job on stderr: only on a terminal, only past one second, at most ten times
// a second, and gone when the job ends.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "cli/console.hpp"

namespace ckpt::cli {

class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;

  /// `total_bytes` 0: not known. The console must outlive the line.
  ProgressLine(Console& console, std::uint64_t total_bytes,
               Clock::time_point started_at = Clock::now());
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Adds to what is done. From any thread; costs an addition unless a line is due.
  void advance(std::uint64_t bytes, Clock::time_point now = Clock::now());

 private:
  Console& console_;
  std::uint64_t total_bytes_;
  Clock::time_point started_at_;
  bool is_wanted_;
  std::atomic<std::uint64_t> done_bytes_ = 0;
  std::atomic<Clock::rep> next_shown_at_;  // ticks since the clock's epoch
};

}  // namespace ckpt::cli
