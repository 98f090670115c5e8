// The two streams of a command: data on stdout, words on stderr, and how both must look.
//
// stdout is buffered. Lines on stderr go through say(), detail() and warn(), which obey --quiet
// and --verbose, escape for a terminal and step aside for a progress line.
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

/// --help, --color, -q, -v: of every command.
struct ConsoleOptions {
  bool wants_help = false;
  render::ColorWhen color = render::ColorWhen::automatic;
  Verbosity verbosity = Verbosity::normal;
};

/// What the environment says: NO_COLOR and TERM.
struct Environment {
  bool is_no_color_set = false;
  bool is_dumb_terminal = false;
};
Environment read_environment();

class Console {
 public:
  /// The streams must outlive the console.
  Console(OutputStream& out, OutputStream& err, Environment environment);

  void configure(const ConsoleOptions& options);
  Verbosity verbosity() const { return options_.verbosity; }
  bool is_out_terminal() const { return out_.is_terminal(); }
  bool is_err_terminal() const { return err_.is_terminal(); }

  /// For stdout.
  render::Escaping escaping() const;
  /// For stdout.
  const render::Palette& palette() const { return palette_; }

  /// Text on stdout, as it is: escape cells with escaping() before. Kept until flush(), the end
  /// of the command, or 64 KiB; written at once on a terminal. Throws Error{io}, ClosedPipe.
  void out(std::string_view text);
  void flush();

  /// A line on stderr, without its line break, unless --quiet.
  void say(std::string_view line);
  /// A line on stderr with --verbose.
  void detail(std::string_view line);
  /// "ckpt: warning: LINE" on stderr, with --quiet too; the hint on a line of its own.
  void warn(std::string_view line, std::string_view hint = {});
  /// "ckpt: error: MESSAGE" and "hint: HINT" on stderr: for loops that go on with the next file.
  void report(const Error& error);
  /// Several lines on stderr that hold nothing from files, such as a usage.
  void say_text(std::string_view text);

  /// Shows `text` as the line that is replaced next time; "" takes it away. Safe from any thread.
  void show_progress(std::string_view text);
  /// A progress line can be shown: stderr is a terminal that knows how to go back.
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
