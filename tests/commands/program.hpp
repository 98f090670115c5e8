// Runs the program in this process and holds what it said.
#pragma once

#include <string>
#include <vector>

#include "cli/run.hpp"
#include "cli/stream.hpp"
#include "commands/commands.hpp"

namespace ckpt::program {

class TextStream final : public cli::OutputStream {
 public:
  void write(std::string_view text) override { text_ += text; }
  bool is_terminal() const override { return false; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct Outcome {
  cli::ExitCode code = cli::ExitCode::done;
  std::string out;
  std::string err;
};

inline Outcome run(const std::vector<std::string>& words) {
  TextStream out;
  TextStream err;
  cli::Console console(out, err, {});
  const cli::ExitCode code = cli::run(words, commands::command_rows(), console);
  return {code, out.text(), err.text()};
}

}  // namespace ckpt::program
