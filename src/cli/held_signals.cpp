#include "cli/held_signals.hpp"

#include <initializer_list>

namespace ckpt::cli {

namespace {

/// Whether the signal is ignored, as SIGHUP is under nohup. The kernel keeps an ignored signal
/// while it is blocked, and it would end the program afterwards.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

HeldSignals::HeldSignals() {
  sigset_t held;
  ::sigemptyset(&held);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(signal)) ::sigaddset(&held, signal);
  ::pthread_sigmask(SIG_BLOCK, &held, &mask_before_);
}

HeldSignals::~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr); }

}  // namespace ckpt::cli
