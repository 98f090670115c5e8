// The scripts name every command, its options and what those take.
#include "cli/completions.hpp"

#include <string>

#include <doctest/doctest.h>

#include "cli/common_options.hpp"
#include "fake_program.hpp"

using namespace ckpt::cli;

namespace {

enum class Sort { file, size };

std::unique_ptr<Command> make_list() {
  static constexpr auto declare = [](Options& options) {
    static OutputOptions output;
    static Sort sort = Sort::file;
    static std::vector<std::string> keep;
    declare_output(options, output);
    options.choice("--sort", sort, {{"file", Sort::file}, {"size", Sort::size}}, "order: [rows]");
    options.value("--keep", keep, "user's choice", "PATTERN");
  };
  return std::make_unique<fake::OneOff>(declare, [](Console&) { return ExitCode::done; });
}

constexpr std::array rows = {
    CommandRow{"", "ls", make_list},
    CommandRow{"", "optim", nullptr, "optimizer state"},
    CommandRow{"optim", "merge", make_list},
};

std::string script(const std::string& shell) {
  const fake::Seen seen = fake::run_on(rows, {"completions", shell});
  CHECK(seen.err.empty());
  CHECK(seen.code == ExitCode::done);
  return seen.out;
}

void check_holds(const std::string& text, const std::string& piece) {
  CAPTURE(piece);
  CHECK(text.find(piece) != std::string::npos);
}

}  // namespace

TEST_CASE("the script for bash completes commands, sub-commands, options and their values") {
  const std::string text = script("bash");
  check_holds(text, "compgen -W 'ls optim completions --help --version' -- \"$current\"");
  check_holds(text, "merge) command=\"optim ${COMP_WORDS[2]}\" ;;");
  check_holds(text, "--sort) COMPREPLY=($(compgen -W 'file size' -- \"$current\")); return ;;");
  check_holds(text, "-o|--output) return ;;");
  check_holds(text, "--keep) compopt +o default +o bashdefault; return ;;");
  check_holds(text, "choices='bash zsh fish'");
}

TEST_CASE("the script for zsh escapes what _arguments would read as marks") {
  const std::string text = script("zsh");
  check_holds(text, "'(-o --output)'{-o,--output}'[write the result to FILE]:FILE:_files'");
  check_holds(text, "'--sort[order\\: \\[rows\\]]:value:(file size)'");
  check_holds(text, "'*--keep[user'\\''s choice]:PATTERN: '");
  check_holds(text, "'optim:optimizer state'");
  check_holds(text, "':SHELL:(bash zsh fish)'");
}

TEST_CASE("the script for fish has a line an option") {
  const std::string text = script("fish");
  check_holds(text,
              "complete -c ckpt -n '__ckpt_is optim merge' -s o -l output -r -F -d 'write the "
              "result to FILE'\n");
  check_holds(text,
              "complete -c ckpt -n '__ckpt_is ls' -l sort -x -a 'file size' -d 'order: [rows]'\n");
  check_holds(text, "complete -c ckpt -n '__ckpt_is ls' -l keep -x -d 'user\\'s choice'\n");
  check_holds(text, "complete -c ckpt -n '__ckpt_at optim' -f -a 'merge' -d 'what a test tries'\n");
}
