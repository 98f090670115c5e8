// The two streams of a command: data on stdout, messages on stderr.
//
// stdout is buffered. Lines on stderr go through say(), detail() and warn(), which obey --quiet and
// --verbose, escape text for a terminal, and remove a progress line first.
//
// show_progress() may be called from any thread; everything else from the thread of the command.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "ckpt/base/error.hpp"
#include "ckpt/render/color.hpp"
#include "ckpt/render/escaping.hpp"
#include "cli/stream.hpp"

namespace ckpt::cli {

enum class Verbosity { quiet, normal, verbose };

/// The options of every command: --help, --color, -q, -v.
struct ConsoleOptions {
  bool wants_help = false;
  render::ColorWhen color = render::ColorWhen::automatic;
  Verbosity verbosity = Verbosity::normal;
};

/// The relevant environment variables: NO_COLOR and TERM.
struct Environment {
  bool is_no_color_set = false;
  bool is_dumb_terminal = false;
};
Environment read_environment();

/// All output of a command goes through one Console.
class Console {
 public:
  /// The streams must outlive the console.
  Console(OutputStream& out, OutputStream& err, Environment environment);

  void configure(const ConsoleOptions& options);
  Verbosity verbosity() const { return options_.verbosity; }
  bool is_out_terminal() const { return out_.is_terminal(); }
  bool is_err_terminal() const { return err_.is_terminal(); }

  /// For text on stdout.
  render::Escaping escaping() const;
  /// For text on stdout.
  const render::Palette& palette() const { return palette_; }

  /// Writes unchanged text to stdout; the caller escapes cells with escaping(). The text is
  /// buffered until flush(), the end of the command, or 64 KiB; on a terminal it is written at
  /// once. Throws Error{io} and ClosedPipe.
  void out(std::string_view text);
  void flush();

  /// A line on stderr, without its line break; nothing with --quiet.
  void say(std::string_view line);
  /// A line on stderr, only with --verbose.
  void detail(std::string_view line);
  /// "ckpt: warning: LINE" on stderr, also with --quiet. The hint gets its own line.
  void warn(std::string_view line, std::string_view hint = {});
  /// "ckpt: error: MESSAGE" and "hint: HINT" on stderr, for loops that continue with the next file.
  void report(const Error& error);
  /// Several lines on stderr that contain no text from files, such as a usage.
  void say_text(std::string_view text);

  /// Shows `text` as a line that the next call replaces; "" removes it. May be called from any
  /// thread.
  void show_progress(std::string_view text);
  /// Whether stderr is a terminal that can erase a line.
  bool can_show_progress() const;

 private:
  void write_line(std::string_view style, std::string_view label, std::string_view line);
  void write_err(std::string_view text);

  OutputStream& out_;
  OutputStream& err_;
  Environment environment_;
  ConsoleOptions options_;
  render::Palette palette_;
  render::Palette err_palette_;
  std::string buffer_;
  std::mutex err_mutex_;  // guards err_ and is_progress_shown_
  bool is_progress_shown_ = false;
};

}  // namespace ckpt::cli
