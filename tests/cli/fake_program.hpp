// A program with two commands, run on streams that are strings: what cli tests talk to.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run.hpp"

namespace ckpt::cli::fake {

class StringStream final : public OutputStream {
 public:
  explicit StringStream(bool is_terminal) : is_terminal_(is_terminal) {}
  void write(std::string_view bytes) override { text += bytes; }
  bool is_terminal() const override { return is_terminal_; }

  std::string text;

 private:
  bool is_terminal_;
};

/// What a run showed.
struct Seen {
  std::string out;
  std::string err;
  ExitCode code = ExitCode::done;
  bool operator==(const Seen&) const = default;
};

/// For the messages of failed checks.
inline std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << "stdout:\n"
             << seen.out << "stderr:\n"
             << seen.err << "[" << static_cast<int>(seen.code) << "]";
}

enum class Terminal { no, yes };

inline Seen run_on(std::span<const CommandRow> rows, const std::vector<std::string>& words,
                   Terminal terminal = Terminal::no) {
  StringStream out(terminal == Terminal::yes);
  StringStream err(terminal == Terminal::yes);
  Console console(out, err, {.is_no_color_set = true});
  const ExitCode code = run(words, rows, console);
  return {out.text, err.text, code};
}

/// A command made of two functions, for one test.
class OneOff final : public Command {
 public:
  using Declare = std::function<void(Options&)>;
  using Run = std::function<ExitCode(Console&)>;

  OneOff(Declare declare, Run run) : declare_(std::move(declare)), run_(std::move(run)) {}

  std::string_view name() const override { return "try"; }
  std::string_view summary() const override { return "what a test tries"; }
  std::span<const Example> examples() const override {
    static constexpr std::array examples = {Example{"ckpt try a.pt", "tries it"}};
    return examples;
  }
  void declare(Options& options) override { declare_(options); }
  ExitCode run(Console& console) override { return run_(console); }

 private:
  Declare declare_;
  Run run_;
};

}  // namespace ckpt::cli::fake
