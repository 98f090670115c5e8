// The program as a user sees it, with commands that exist only here: both streams and exit code.
#include "cli/run.hpp"

#include <new>
#include <stdexcept>

#include <doctest/doctest.h>

#include "cli/common_options.hpp"
#include "fake_program.hpp"

using namespace ckpt::cli;
using ckpt::Error;
using ckpt::ErrorKind;
using fake::OneOff;
using fake::Seen;
using fake::Terminal;

namespace {

class List final : public Command {
 public:
  std::string_view name() const override { return "ls"; }
  std::string_view summary() const override { return "one line a tensor"; }
  std::span<const Example> examples() const override {
    static constexpr std::array examples = {
        Example{"ckpt ls model.pt 'layer1.*'", "the tensors of layer1"},
        Example{"ckpt ls model.pt --json | jq .", "for programs"},
    };
    return examples;
  }
  void declare(Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    options.positionals("PATTERN", patterns_, Count::any, "which keys");
    options.value("--keep,--include", keep_,
                  "only keys that match; may be repeated, and then one "
                  "that matches any is enough",
                  "PATTERN");
    declare_printing(options, print_);
  }
  ExitCode run(Console& console) override {
    console.out(file_.string() + "\n");
    for (const std::string& pattern : patterns_) console.out(pattern + "\n");
    console.say("words");
    console.detail("more words");
    return ExitCode::done;
  }

 private:
  std::filesystem::path file_;
  std::vector<std::string> patterns_;
  std::vector<std::string> keep_;
  PrintOptions print_;
};

template <int message>
std::unique_ptr<Command> make_failing() {
  const auto nothing = [](Options&) {};
  return std::make_unique<OneOff>(nothing, [](Console& console) -> ExitCode {
    console.out("before\n");
    switch (message) {
      case 0:
        throw Error(ErrorKind::malformed, "a\x1b[2J.pt: byte 2: no", "try\nagain");
      case 1:
        throw std::bad_alloc();
      case 2:
        throw std::logic_error("this cannot be");
      case 3:
        throw ClosedPipe{};
      case 4:
        throw 5;
      default:
        return ExitCode::no;
    }
  });
}

constexpr std::array rows = {
    CommandRow{"", "", nullptr, "look into a file"},
    CommandRow{"", "ls", []() -> std::unique_ptr<Command> { return std::make_unique<List>(); }},
    CommandRow{"", "", nullptr, "change it"},
    CommandRow{"", "remap", make_failing<9>},
    CommandRow{"remap", "check", make_failing<8>},
    CommandRow{"", "optim", nullptr, "optimizer state"},
    CommandRow{"optim", "ls", make_failing<0>},
    CommandRow{"optim", "merge", make_failing<9>},
};

Seen run_words(const std::vector<std::string>& words, Terminal terminal = Terminal::no) {
  return fake::run_on(rows, words, terminal);
}

template <int message>
Seen run_failing(Terminal terminal = Terminal::no) {
  static constexpr std::array failing = {CommandRow{"", "try", make_failing<message>}};
  return fake::run_on(failing, {"try"}, terminal);
}

}  // namespace

TEST_CASE("a command runs with what it was given") {
  CHECK(run_words({"ls", "a.pt", "x", "y"}) == Seen{"a.pt\nx\ny\n", "words\n", ExitCode::done});
}

TEST_CASE("quiet silences words and verbose adds some") {
  CHECK(run_words({"ls", "a.pt", "-q"}).err.empty());
  CHECK(run_words({"ls", "a.pt", "-v"}).err == "words\nmore words\n");
  CHECK(run_words({"ls", "a.pt", "-vq"}).err ==
        "ckpt: error: --quiet and --verbose exclude each other\n");
}

TEST_CASE("an unknown command gets the closest names") {
  CHECK(run_words({"lss"}) == Seen{"",
                                   "ckpt: error: unknown command 'lss'\nhint: did you mean 'ls'?\n",
                                   ExitCode::not_done});
  CHECK(run_words({"model.pt"}).err ==
        "ckpt: error: unknown command 'model.pt'\nhint: ckpt --help lists the commands\n");
  CHECK(run_words({"optim", "merg"}).err ==
        "ckpt: error: unknown command 'optim merg'\nhint: did you mean 'merge'?\n");
}

TEST_CASE("an unknown option gets the closest one, before and after the command") {
  CHECK(run_words({"--hepl"}) ==
        Seen{"", "ckpt: error: unknown option '--hepl'\nhint: did you mean '--help'?\n",
             ExitCode::not_done});
  CHECK(run_words({"--json", "ls"}).err ==
        "ckpt: error: unknown option '--json'\n"
        "hint: options come after the command: ckpt COMMAND [OPTIONS] FILE...\n");
  CHECK(run_words({"ls", "--jsn", "a.pt"}).err ==
        "ckpt: error: unknown option '--jsn'\nhint: did you mean '--json'?\n");
}

TEST_CASE("a second word chooses the sub-command, also of a command that stands alone") {
  CHECK(run_words({"optim", "merge"}) == Seen{"before\n", "", ExitCode::no});
  CHECK(run_words({"remap"}) == Seen{"before\n", "", ExitCode::no});
  CHECK(run_words({"remap", "check"}) == Seen{"before\n", "", ExitCode::no});
  CHECK(run_words({"remap", "in.pt"}).err ==
        "ckpt: error: remap: unexpected argument 'in.pt'\nhint: usage: ckpt remap [OPTIONS]\n");
}

TEST_CASE("without a command there is a usage on stderr and exit code 2") {
  CHECK(run_words({}) == Seen{"",
                              "usage: ckpt COMMAND [OPTIONS] FILE...\n"
                              "hint: ckpt --help lists the commands\n",
                              ExitCode::not_done});
}

TEST_CASE("help lists a line a command below its titles") {
  CHECK(run_words({"--help"}) ==
        Seen{"usage: ckpt COMMAND [OPTIONS] FILE...\n"
             "\n"
             "look into a file:\n"
             "  ls              one line a tensor\n"
             "change it:\n"
             "  remap           what a test tries\n"
             "  remap check     what a test tries\n"
             "  optim ls|merge  optimizer state\n"
             "set up a shell:\n"
             "  completions     a script that completes words in a shell\n"
             "\n"
             "ckpt COMMAND --help shows options and examples; ckpt --version the version.\n",
             "", ExitCode::done});
  CHECK(run_words({"help"}) == run_words({"-h"}));
}

TEST_CASE("help of a command shows arguments, options and examples") {
  CHECK(run_words({"ls", "--help"}).out ==
        "usage: ckpt ls [OPTIONS] FILE [PATTERN...]\n"
        "\n"
        "one line a tensor\n"
        "\n"
        "arguments:\n"
        "  FILE                the checkpoint\n"
        "  PATTERN             which keys\n"
        "\n"
        "options:\n"
        "      --keep PATTERN  only keys that match; may be repeated, and then one that\n"
        "                      matches any is enough (also --include)\n"
        "      --json          print JSON\n"
        "\n"
        "common options:\n"
        "      --color WORD    when to colour: auto, always, never\n"
        "  -q, --quiet         no words but errors\n"
        "  -v, --verbose       more words\n"
        "  -h, --help          this text\n"
        "\n"
        "examples:\n"
        "  ckpt ls model.pt 'layer1.*'\n"
        "      the tensors of layer1\n"
        "  ckpt ls model.pt --json | jq .\n"
        "      for programs\n");
  CHECK(run_words({"help", "ls"}) == run_words({"ls", "--help"}));
}

TEST_CASE("help of a group lists its commands") {
  const std::string help =
      "usage: ckpt optim COMMAND [OPTIONS] FILE...\n"
      "\n"
      "  optim ls     what a test tries\n"
      "  optim merge  what a test tries\n"
      "\n"
      "ckpt optim COMMAND --help shows options and examples.\n";
  CHECK(run_words({"optim", "--help"}) == Seen{help, "", ExitCode::done});
  CHECK(run_words({"optim"}) == Seen{"", help, ExitCode::not_done});
}

TEST_CASE("the version is one line") { CHECK(run_words({"--version"}).out == "ckpt 0.1.0\n"); }

TEST_CASE("an error is told after what was printed, with its hint, and escaped on a terminal") {
  CHECK(run_failing<0>() == Seen{"before\n",
                                 "ckpt: error: a\x1b[2J.pt: byte 2: no\nhint: try\nagain\n",
                                 ExitCode::not_done});
  CHECK(run_failing<0>(Terminal::yes).err ==
        "ckpt: error: a\\x1b[2J.pt: byte 2: no\nhint: try\\nagain\n");
}

TEST_CASE("whatever else is thrown ends with exit code 2") {
  CHECK(run_failing<1>() == Seen{"before\n", "ckpt: error: out of memory\n", ExitCode::not_done});
  CHECK(run_failing<2>().err == "ckpt: error: internal error: this cannot be\n");
  CHECK(run_failing<4>().err == "ckpt: error: internal error\n");
}

TEST_CASE("a reader that went away is no error to talk about") {
  CHECK(run_failing<3>().err.empty());
  CHECK(run_failing<3>().code == ExitCode::not_done);
}
