// Delays Ctrl-C and kill while a file is written, so that the incomplete file can be removed.
//
// FileWriter sees the pending signal at its next block and throws; its destructor removes what was
// written; then the signal is unblocked and ends the process in the way that shells expect.
#pragma once

#include <csignal>

namespace ckpt::cli {

class HeldSignals {
 public:
  /// Blocks SIGINT, SIGTERM and SIGHUP, each unless the process ignores it.
  HeldSignals();
  /// Unblocks them; a signal that came in the meantime takes effect now.
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  sigset_t mask_before_;
};

}  // namespace ckpt::cli
