#include "cli/stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>

#include "ckpt/base/file.hpp"

namespace ckpt::cli {

DescriptorStream::DescriptorStream(int descriptor, std::string_view name)
    : descriptor_(descriptor), name_(name), is_terminal_(::isatty(descriptor) == 1) {}

void DescriptorStream::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor_, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    const int error_number = errno;
    if (error_number == EPIPE) throw ClosedPipe{};
    if (error_number == EAGAIN) {
      // Another program made the shared terminal or pipe non-blocking: wait as a blocking write
      // would.
      pollfd until_writable{descriptor_, POLLOUT, 0};
      ::poll(&until_writable, 1, -1);
    } else if (error_number != EINTR) {
      throw_system_error(name_, error_number);
    }
  }
}

void secure_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // open() takes the lowest free number, which is this one. The wrong direction keeps writes
    // failing.
    [[maybe_unused]] const int placeholder =
        ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
  }
  for (const int signal : {SIGPIPE, SIGXFSZ}) static_cast<void>(std::signal(signal, SIG_IGN));
}

}  // namespace ckpt::cli
