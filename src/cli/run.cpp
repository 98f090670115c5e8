// The only place, besides loops over files, that ends an Error: it prints the message and returns
// 2.

#include "cli/run.hpp"

#include <unistd.h>

#include <exception>
#include <new>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/help.hpp"
#include "cli/parse.hpp"

namespace ckpt::cli {

namespace {

ExitCode run_command(const CommandTable& table, const CommandRow& row,
                     std::vector<std::string> words, Console& console) {
  const std::string name = full_name(row);
  const std::unique_ptr<Command> command = table.make(row);
  Options options;
  ConsoleOptions console_options;
  command->declare(options);
  declare_console(options, console_options);
  const Parsed parsed =
      parse(options,
            {.command = name, .usage_line = usage_line(name, options), .words = std::move(words)});
  if (parsed == Parsed::wants_help) {
    console.out(command_help(name, *command, options));
    return ExitCode::done;
  }
  console.configure(console_options);
  return command->run(console);
}

/// Options in front of any command: `ckpt --version`, `ckpt -h`.
ExitCode run_option(const CommandTable& table, const std::string& word, Console& console) {
  if (word == "--help" || word == "-h") {
    console.out(program_help(table));
  } else if (word == "--version" || word == "-V") {
    console.out("ckpt " CKPT_VERSION "\n");
  } else {
    std::string hint = did_you_mean(find_closest(word, {"--help", "--version"}));
    if (hint.empty()) hint = "options come after the command: ckpt COMMAND [OPTIONS] FILE...";
    throw Error(ErrorKind::usage, concat("unknown option ", quote(word)), hint);
  }
  return ExitCode::done;
}

ExitCode dispatch(std::vector<std::string> words, std::span<const CommandRow> commands,
                  Console& console) {
  if (words.empty()) {
    console.say_text(short_usage());
    return ExitCode::not_done;
  }
  const CommandTable table(commands);
  if (words.front().starts_with('-')) return run_option(table, words.front(), console);
  if (words.front() == "help") {  // ckpt help ls: as in git and cargo
    words.erase(words.begin());
    words.emplace_back("--help");
    if (words.size() == 1) return run_option(table, words.front(), console);
  }
  const CommandTable::Found found = table.find(words);
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(found.word_count));
  if (found.row != nullptr) return run_command(table, *found.row, std::move(words), console);
  const std::string help = group_help(table, found.group);
  if (words.empty()) {
    console.say_text(help);
    return ExitCode::not_done;
  }
  if (words.front() != "--help" && words.front() != "-h")
    throw Error(ErrorKind::usage, concat("unknown option ", quote(words.front())),
                concat("ckpt ", found.group, " --help lists the commands"));
  console.out(help);
  return ExitCode::done;
}

/// When stderr fails too, nobody can be told. Out of memory is left to the caller.
void tell(Console& console, const Error& error) {
  try {
    console.report(error);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
  }
}

/// Needs no memory for a console, a line or a text.
ExitCode end_without_memory(OutputStream& err) {
  try {
    err.write("ckpt: error: out of memory\n");
  } catch (...) {
  }
  return ExitCode::not_done;
}

/// Writes what was printed before the failure first, and reports when that fails too.
ExitCode fail(Console& console, const Error& error) {
  try {
    console.flush();
  } catch (const Error& lost_output) {
    tell(console, lost_output);
  } catch (const ClosedPipe&) {
    // The reader of stdout has gone; the error is still reported.
  }
  tell(console, error);
  return ExitCode::not_done;
}

}  // namespace

void declare_console(Options& options, ConsoleOptions& console) {
  using render::ColorWhen;
  options.group("common options");
  options.choice(
      "--color", console.color,
      {{"auto", ColorWhen::automatic}, {"always", ColorWhen::always}, {"never", ColorWhen::never}},
      "when to colour");
  options.flag("-q,--quiet", console.verbosity, Verbosity::quiet, "no words but errors");
  options.flag("-v,--verbose", console.verbosity, Verbosity::verbose, "more words");
  options.flag("-h,--help", console.wants_help, "this text");
  options.excludes("--quiet", "--verbose");
}

ExitCode run(const std::vector<std::string>& words, std::span<const CommandRow> commands,
             Console& console) {
  try {
    const ExitCode code = dispatch(words, commands, console);
    console.flush();
    return code;
  } catch (const ClosedPipe&) {
    return ExitCode::not_done;
  } catch (const Error& error) {
    return fail(console, error);
  } catch (const std::bad_alloc&) {
    return fail(console, Error(ErrorKind::limit, "out of memory"));
  } catch (const std::exception& error) {
    return fail(console, Error(ErrorKind::limit, concat("internal error: ", error.what())));
  } catch (...) {
    return fail(console, Error(ErrorKind::limit, "internal error"));
  }
}

int run(int argc, const char* const* argv, std::span<const CommandRow> commands) {
  secure_standard_descriptors();
  DescriptorStream out(STDOUT_FILENO, "standard output");
  DescriptorStream err(STDERR_FILENO, "standard error");
  try {
    Console console(out, err, read_environment());
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(run(words, commands, console));
  } catch (const std::bad_alloc&) {
    return static_cast<int>(end_without_memory(err));
  }
}

}  // namespace ckpt::cli
