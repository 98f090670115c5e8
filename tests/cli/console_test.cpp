// Streams: escaping, colour, order, and the progress line.
#include "cli/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

#include <doctest/doctest.h>

#include "cli/progress_line.hpp"
#include "fake_program.hpp"

using namespace ckpt::cli;
using namespace std::chrono_literals;
using fake::StringStream;

namespace {

struct Screen {
  explicit Screen(bool is_terminal) : out(is_terminal), err(is_terminal) {}
  StringStream out;
  StringStream err;
  Console console{out, err, {}};
};

}  // namespace

TEST_CASE("a terminal gets colour and escapes, a pipe neither") {
  Screen terminal(true);
  CHECK(terminal.console.escaping() == ckpt::render::Escaping::terminal);
  CHECK(terminal.console.palette().added == "\x1b[32m");
  terminal.console.warn("odd\x07", "look");
  CHECK(terminal.err.text ==
        "\x1b[1;33mckpt: warning: \x1b[0modd\\x07\n\x1b[36mhint: \x1b[0mlook\n");

  Screen pipe(false);
  CHECK(pipe.console.escaping() == ckpt::render::Escaping::none);
  CHECK(pipe.console.palette().added.empty());
  pipe.console.warn("odd\x07");
  CHECK(pipe.err.text == "ckpt: warning: odd\x07\n");
}

TEST_CASE("output to a pipe is kept until it is worth a write or words overtake it") {
  Screen screen(false);
  screen.console.out("a\n");
  CHECK(screen.out.text.empty());
  screen.console.say("done");
  CHECK(screen.out.text == "a\n");
  screen.console.out(std::string(100'000, 'x'));
  CHECK(screen.out.text.size() == 100'002);
}

TEST_CASE("a progress line shows after one second, at most ten times a second, and goes") {
  Screen screen(true);
  const auto start = ProgressLine::Clock::time_point(100s);
  {
    ProgressLine progress(screen.console, 4'000'000, start);
    progress.advance(500'000, start + 999ms);
    CHECK(screen.err.text.empty());
    progress.advance(500'000, start + 1000ms);
    CHECK(screen.err.text == "\r\x1b[K1.0 MB of 4.0 MB, 1.0 MB/s, 3 s left");
    screen.err.text.clear();
    progress.advance(500'000, start + 1099ms);
    CHECK(screen.err.text.empty());
    progress.advance(500'000, start + 2000ms);
    CHECK(screen.err.text == "\r\x1b[K2.0 MB of 4.0 MB, 1.0 MB/s, 2 s left");
    screen.err.text.clear();
  }
  CHECK(screen.err.text == "\r\x1b[K");
}

TEST_CASE("words take the progress line away first") {
  Screen screen(true);
  screen.console.show_progress("half");
  screen.console.say("done");
  screen.console.show_progress({});
  CHECK(screen.err.text == "\r\x1b[Khalf\r\x1b[Kdone\n");
}

TEST_CASE("there is no progress line on a pipe, with quiet, or on a dumb terminal") {
  CHECK_FALSE(Screen(false).console.can_show_progress());
  Screen quiet(true);
  CHECK(quiet.console.can_show_progress());
  quiet.console.configure({.verbosity = Verbosity::quiet});
  CHECK_FALSE(quiet.console.can_show_progress());
  StringStream stream(true);
  CHECK_FALSE(Console(stream, stream, {.is_dumb_terminal = true}).can_show_progress());
}

TEST_CASE("a full device is an error that names the stream") {
  const int full = ::open("/dev/full", O_WRONLY);
  DescriptorStream stream(full, "standard output");
  std::string message;
  try {
    stream.write("x");
  } catch (const ckpt::Error& error) {
    message = error.message();
  }
  ::close(full);
  CHECK(message == "standard output: No space left on device");
}

TEST_CASE("a pipe without a reader is a closed pipe") {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  DescriptorStream stream(ends[1], "standard output");
  CHECK_THROWS_AS(stream.write("x"), ClosedPipe);
  ::close(ends[1]);
}
