#include "cli/console.hpp"

#include <cstdlib>
#include <utility>

#include "ckpt/base/text.hpp"

namespace ckpt::cli {

namespace {

constexpr std::size_t buffer_bytes = 65'536;
constexpr std::string_view erase_line = "\r\x1b[K";

render::Escaping escaping_of(const OutputStream& stream) {
  return stream.is_terminal() ? render::Escaping::terminal : render::Escaping::none;
}

render::Palette palette_of(const OutputStream& stream, const ConsoleOptions& options,
                           const Environment& environment) {
  return render::make_palette(
      render::choose_color(options.color, {.is_terminal = stream.is_terminal(),
                                           .is_no_color_set = environment.is_no_color_set,
                                           .is_dumb_terminal = environment.is_dumb_terminal}));
}

std::string_view environment_text(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

}  // namespace

Environment read_environment() {
  return {.is_no_color_set = !environment_text("NO_COLOR").empty(),
          .is_dumb_terminal = environment_text("TERM") == "dumb"};
}

Console::Console(OutputStream& out, OutputStream& err, Environment environment)
    : out_(out), err_(err), environment_(environment) {
  configure({});
}

void Console::configure(const ConsoleOptions& options) {
  options_ = options;
  palette_ = palette_of(out_, options_, environment_);
  err_palette_ = palette_of(err_, options_, environment_);
}

render::Escaping Console::escaping() const { return escaping_of(out_); }

void Console::out(std::string_view text) {
  if (text.size() >= buffer_bytes) {
    flush();
    show_progress({});
    out_.write(text);
    return;
  }
  buffer_ += text;
  if (buffer_.size() >= buffer_bytes || out_.is_terminal()) flush();
}

void Console::flush() {
  if (buffer_.empty()) return;
  show_progress({});
  // Empty the buffer first, so that reporting an error does not repeat a failed write.
  const std::string text = std::exchange(buffer_, {});
  out_.write(text);
}

void Console::say(std::string_view line) {
  if (options_.verbosity != Verbosity::quiet) write_line({}, {}, line);
}

void Console::detail(std::string_view line) {
  if (options_.verbosity == Verbosity::verbose) write_line({}, {}, line);
}

void Console::warn(std::string_view line, std::string_view hint) {
  write_line(err_palette_.warning, "ckpt: warning: ", line);
  if (!hint.empty()) write_line(err_palette_.hint, "hint: ", hint);
}

void Console::report(const Error& error) {
  write_line(err_palette_.error, "ckpt: error: ", error.message());
  if (!error.hint().empty()) write_line(err_palette_.hint, "hint: ", error.hint());
}

void Console::say_text(std::string_view text) { write_err(text); }

bool Console::can_show_progress() const {
  return err_.is_terminal() && !environment_.is_dumb_terminal &&
         options_.verbosity != Verbosity::quiet;
}

void Console::show_progress(std::string_view text) {
  const std::lock_guard lock(err_mutex_);
  if (text.empty() && !is_progress_shown_) return;
  err_.write(concat(erase_line, text));
  is_progress_shown_ = !text.empty();
}

void Console::write_line(std::string_view style, std::string_view label, std::string_view line) {
  const std::string escaped = render::escaped(line, escaping_of(err_));
  write_err(
      concat(render::styled(label.empty() ? std::string_view{} : style, label), escaped, '\n'));
}

void Console::write_err(std::string_view text) {
  flush();  // both streams may be the same terminal or log: keep the order of events
  const std::lock_guard lock(err_mutex_);
  err_.write(concat(is_progress_shown_ ? erase_line : std::string_view{}, text));
  is_progress_shown_ = false;
}

}  // namespace ckpt::cli
