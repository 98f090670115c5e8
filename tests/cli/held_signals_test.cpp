#include "cli/held_signals.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "base/error_text.hpp"
#include "ckpt/base/append_file.hpp"
#include "ckpt/base/atomic_file.hpp"
#include "commands/files.hpp"

using ckpt::cli::HeldSignals;
using ckpt::files::Folder;
using ckpt::samples::error_of;

namespace {

volatile std::sig_atomic_t caught = 0;

/// Counts SIGTERM, or ignores it, for as long as it lives.
class Disposition {
 public:
  explicit Disposition(void (*handler)(int)) : before_(std::signal(SIGTERM, handler)) {
    caught = 0;
  }
  ~Disposition() { std::signal(SIGTERM, before_); }

 private:
  void (*before_)(int);
};

void count(int) { caught = caught + 1; }

const std::string block(2 << 20, 'x');

}  // namespace

TEST_CASE("a signal waits until it is let through") {
  const Disposition disposition(count);
  {
    const HeldSignals held;
    std::raise(SIGTERM);
    CHECK(caught == 0);
  }
  CHECK(caught == 1);
  std::raise(SIGTERM);
  CHECK(caught == 2);
}

TEST_CASE("a signal that is ignored is not held: it would end the writing") {
  const Disposition disposition(SIG_IGN);
  const Folder folder;
  const HeldSignals held;
  std::raise(SIGTERM);
  ckpt::AtomicFile out(folder / "out", ckpt::Overwrite::no);
  CHECK(error_of([&] { out.write(ckpt::as_bytes(block)); }) == "no error");
}

TEST_CASE("an output is given up at the next block when a signal waits") {
  const Disposition disposition(count);
  const Folder folder;
  {
    const HeldSignals held;
    ckpt::AtomicFile out(folder / "out", ckpt::Overwrite::no);
    out.write(ckpt::as_bytes(block));
    std::raise(SIGTERM);
    CHECK(error_of([&] { out.write(ckpt::as_bytes(block)); }) ==
          "io: " + (folder / "out").string() + ": writing was interrupted by a signal");
  }
  CHECK(caught == 1);
  CHECK(std::filesystem::is_empty(folder / "."));
}

TEST_CASE("an edit in place is taken back when a signal waits") {
  const Disposition disposition(count);
  const Folder folder;
  ckpt::files::write(folder / "model.pt", "before");
  {
    const HeldSignals held;
    ckpt::AppendFile out(*ckpt::File::open(folder / "model.pt"));
    std::raise(SIGTERM);
    CHECK(error_of([&] { out.write(ckpt::as_bytes(block)); }) ==
          "io: " + (folder / "model.pt").string() + ": writing was interrupted by a signal");
  }
  CHECK(caught == 1);
  CHECK(ckpt::files::read(folder / "model.pt") == "before");
  CHECK_FALSE(std::filesystem::exists(folder / ".model.pt.ckpt-undo"));
}
