// Ctrl-C and kill wait while a file is being written, so that it can be given up in good order.
//
// FileWriter sees the waiting signal at its next block and throws; its destructor takes away what
// was written; then the signal is let through and ends the process as shells expect.
#pragma once

#include <csignal>

namespace ckpt::cli {

class HeldSignals {
 public:
  /// Holds SIGINT, SIGTERM and SIGHUP, each unless the process ignores it.
  HeldSignals();
  /// Lets through what came meanwhile.
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  sigset_t mask_before_;
};

}  // namespace ckpt::cli
