// What words of a command line give to the members of a command, and what is refused, exactly.
#include "cli/parse.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "cli/common_options.hpp"
#include "commands/files.hpp"

using namespace ckpt::cli;

namespace {

using Words = std::vector<std::string>;

enum class Sort { file, size };

/// One of each kind of option.
struct Everything {
  bool is_tree = false;
  std::optional<std::filesystem::path> output;
  std::int64_t first = 0;
  double atol = 0;
  std::string root;
  Words keep;
  Sort sort = Sort::file;
  std::filesystem::path input;
  Words patterns;

  Options declared() {
    Options options;
    options.flag("-t,--tree", is_tree, "as an outline");
    options.value("-o,--output", output, "write to FILE", "FILE");
    options.value("-n,--first", first, "stop after N", "N");
    options.value("--atol", atol, "absolute tolerance", "NUMBER");
    options.value("--root", root, "the mapping", "PATH");
    options.value("--keep,--include", keep, "only these", "PATTERN");
    options.choice("--sort", sort, {{"file", Sort::file}, {"size", Sort::size}}, "order");
    options.positional("FILE", input, "the checkpoint");
    options.positionals("PATTERN", patterns, Count::any, "which keys");
    return options;
  }
};

ParseRequest request(Words words) {
  return {.command = "ls", .usage_line = "usage: ckpt ls FILE", .words = std::move(words)};
}

Everything parsed(const Words& words) {
  Everything everything;
  const Options options = everything.declared();
  REQUIRE(parse(options, request(words)) == Parsed::ready);
  return everything;
}

/// "MESSAGE" or "MESSAGE | HINT" of the refusal.
std::string refusal(const Options& options, const Words& words) {
  try {
    parse(options, request(words));
  } catch (const ckpt::Error& error) {
    CHECK(error.kind() == ckpt::ErrorKind::usage);
    return error.hint().empty() ? error.message() : error.message() + " | " + error.hint();
  }
  return "not refused";
}

std::string refusal(const Words& words) {
  Everything everything;
  return refusal(everything.declared(), words);
}

}  // namespace

TEST_CASE("every kind of option takes its value") {
  const Everything seen = parsed({"--tree", "-o", "out.pt", "--first=-3", "--atol", "1e-5",
                                  "--root", "model:ema", "--sort", "size", "in.pt"});
  CHECK(seen.is_tree);
  CHECK(seen.output == "out.pt");
  CHECK(seen.first == -3);
  CHECK(seen.atol == 1e-5);
  CHECK(seen.root == "model:ema");
  CHECK(seen.sort == Sort::size);
  CHECK(seen.input == "in.pt");
}

TEST_CASE("what is not given keeps its default") {
  const Everything seen = parsed({"in.pt"});
  CHECK_FALSE(seen.is_tree);
  CHECK_FALSE(seen.output.has_value());
  CHECK(seen.sort == Sort::file);
  CHECK(seen.patterns.empty());
}

TEST_CASE("values may begin with a dash or an exclamation mark") {
  CHECK(parsed({"in.pt", "--keep", "!x"}).keep == Words{"!x"});
  CHECK(parsed({"in.pt", "--keep", "-x"}).keep == Words{"-x"});
  CHECK(parsed({"in.pt", "--keep", "--tree"}).keep == Words{"--tree"});
  CHECK(parsed({"in.pt", "--keep=--tree"}).keep == Words{"--tree"});
}

TEST_CASE("a repeatable option takes one value each time, under any of its names") {
  const Everything seen = parsed({"--keep", "a", "in.pt", "--include", "b", "c"});
  CHECK(seen.keep == Words{"a", "b"});
  CHECK(seen.patterns == Words{"c"});
}

TEST_CASE("values arrive as they were written: commas, brackets, braces, equal signs, nothing") {
  CHECK(parsed({"in.pt", "--keep", "a,b"}).keep == Words{"a,b"});
  CHECK(parsed({"in.pt", "--keep", "[ab]", "[0,1]"}).patterns == Words{"[0,1]"});
  CHECK(parsed({"in.pt", "--keep", "{}"}).keep == Words{"{}"});
  CHECK(parsed({"in.pt", "--keep=a=b"}).keep == Words{"a=b"});
  CHECK(parsed({"in.pt", "--keep", "a => b"}).keep == Words{"a => b"});
  CHECK(parsed({"in.pt", "--keep", ""}).keep == Words{""});
  CHECK(parsed({"--keep=", "in.pt"}).keep == Words{""});
  CHECK(parsed({"in.pt", "", "%%"}).patterns == Words{"", "%%"});
}

TEST_CASE("short options cluster and take values without a space") {
  const Everything seen = parsed({"-toout.pt", "-n4", "in.pt"});
  CHECK(seen.is_tree);
  CHECK(seen.output == "out.pt");
  CHECK(seen.first == 4);
}

TEST_CASE("after two dashes everything is an argument, as a single dash and numbers always are") {
  CHECK(parsed({"--", "-in.pt", "--tree", "--keep="}).patterns == Words{"--tree", "--keep="});
  CHECK(parsed({"in.pt", "-", "-1"}).patterns == Words{"-", "-1"});
}

TEST_CASE("options that keep the order of the command line share one list") {
  Words seen;
  Options options;
  options.each(
      "--map", [&](const std::string& text) { seen.push_back("map " + text); }, "", "RULE");
  options.each(
      "-e", [&](const std::string& text) { seen.push_back("rule " + text); }, "", "RULE");
  parse(options, request({"-e", "1", "--map", "2", "-e", "3"}));
  CHECK(seen == Words{"rule 1", "map 2", "rule 3"});
}

TEST_CASE("arguments before a list are filled first and those after it are not starved") {
  std::string first, last;
  Words middle;
  Options options;
  options.positional("A", first, "");
  options.positionals("B", middle, Count::any, "");
  options.positional("C", last, "");
  parse(options, request({"1", "2", "3", "4"}));
  CHECK(first == "1");
  CHECK(middle == Words{"2", "3"});
  CHECK(last == "4");
  middle.clear();
  parse(options, request({"1", "2"}));
  CHECK(middle.empty());
  CHECK(last == "2");
}

TEST_CASE("an unknown option is named with the closest one") {
  CHECK(refusal({"--tre", "in.pt"}) == "unknown option '--tre' | did you mean '--tree'?");
  CHECK(refusal({"--tre=5", "in.pt"}) == "unknown option '--tre' | did you mean '--tree'?");
  CHECK(refusal({"-Z"}) == "unknown option '-Z' | ckpt ls --help lists the options");
  CHECK(refusal({"-tZ", "in.pt"}) == "unknown option '-Z' | ckpt ls --help lists the options");
}

TEST_CASE("a value that does not fit says what was expected") {
  CHECK(refusal({"in.pt", "-n", "many"}) == "--first: expected an integer, got 'many'");
  CHECK(refusal({"in.pt", "-n", "3x"}) == "--first: expected an integer, got '3x'");
  CHECK(refusal({"in.pt", "-n", "9223372036854775808"}) ==
        "--first: expected an integer, got '9223372036854775808'");
  CHECK(refusal({"in.pt", "--atol", ""}) == "--atol: expected a number, got ''");
  CHECK(refusal({"in.pt", "--sort", "sizes"}) ==
        "--sort: expected one of file, size, got 'sizes' | did you mean 'size'?");
  CHECK(refusal({"in.pt", "-o", ""}) == "--output: expected a file name, got ''");
}

TEST_CASE("a missing value is named by what it should be") {
  CHECK(refusal({"in.pt", "--keep"}) == "--keep: expected PATTERN, got nothing");
  CHECK(refusal({"in.pt", "-to"}) == "--output: expected FILE, got nothing");
}

TEST_CASE("a flag takes no value") {
  CHECK(refusal({"in.pt", "--tree=no"}) == "--tree: takes no value, got 'no'");
}

TEST_CASE("a single value given twice is refused") {
  CHECK(refusal({"in.pt", "-o", "a", "--output", "b"}) == "--output: given twice, 'a' and 'b'");
}

TEST_CASE("missing and superfluous arguments show the usage") {
  CHECK(refusal({}) == "ls: expected FILE, got nothing | usage: ckpt ls FILE");
  std::string file;
  Options options;
  options.positional("FILE", file, "");
  CHECK(refusal(options, {"a", "b"}) == "ls: unexpected argument 'b' | usage: ckpt ls FILE");
}

TEST_CASE("options that exclude or need each other are checked in any order") {
  bool is_reverse = false, is_strict = false;
  std::string rules;
  Options options;
  options.flag("--reverse", is_reverse, "");
  options.flag("--strict", is_strict, "");
  options.value("--rules", rules, "", "FILE");
  options.needs("--reverse", "--rules");
  options.excludes("--strict", "--reverse");
  CHECK(refusal(options, {"--reverse"}) == "--reverse: needs --rules");
  CHECK(refusal(options, {"--reverse", "--strict", "--rules", "f"}) ==
        "--strict and --reverse exclude each other");
  CHECK(refusal(options, {"--rules", "f", "--reverse"}) == "not refused");
  CHECK_THROWS_AS(options.needs("--reverse", "--rule"), std::logic_error);
}

TEST_CASE("a writing command needs an output or a dry run") {
  OutputOptions output;
  Options options;
  declare_output(options, output);
  CHECK(refusal(options, {"-f"}) ==
        "--output: expected FILE, got nothing | -o FILE names the output; --dry-run prints the "
        "plan and needs none");
  CHECK(refusal(options, {"-n"}) == "not refused");
  CHECK(output.is_dry_run);
  CHECK(refusal(options, {"-fo", "out.pt"}) == "not refused");
  CHECK(output.overwrite == ckpt::Overwrite::yes);
  CHECK(output.path == "out.pt");
}

TEST_CASE("threads are counted from 1 to 1024") {
  ThreadOptions threads;
  Options options;
  declare_threads(options, threads);
  CHECK(refusal(options, {}) == "not refused");
  CHECK_FALSE(threads.count.has_value());
  CHECK(refusal(options, {"-j8"}) == "not refused");
  CHECK(threads.count == 8);
  CHECK(refusal(options, {"-j", "0"}) == "--threads: expected 1 to 1024, got 0");
  CHECK(refusal(options, {"-j", "-2"}) == "--threads: expected a non-negative integer, got '-2'");
}

TEST_CASE("no output of a command is one of its inputs, under whatever name") {
  const ckpt::files::Folder folder;
  const std::filesystem::path input = folder / "in";
  ckpt::files::write(input, "x");
  ckpt::files::write(folder / "other", "x");
  std::filesystem::create_symlink(input, folder / "link");
  std::filesystem::create_hard_link(input, folder / "twin");
  std::optional<std::filesystem::path> output;
  std::filesystem::path file;
  std::optional<std::filesystem::path> order;
  std::string named;
  Options options;
  options.output("-o,--output", output, "write to FILE", "FILE");
  options.value("--order", order, "one name a line", "FILE");
  options.value("--named", named, "an input", "NAME=FILE");
  options.reads([&named](std::vector<std::filesystem::path>& files) {
    files.emplace_back(named.substr(named.find('=') + 1));
  });
  options.positional("FILE", file, "the checkpoint");
  const auto refused = [&](const char* name, const std::string& as_what) {
    return (folder / name).string() + ": is the input" + as_what +
           "; the output must be another file";
  };
  const std::string in = input.string();
  CHECK(refusal(options, {in, "-o", in}) == refused("in", ""));
  for (const char* name : {"link", "twin"}) {
    const std::string out = (folder / name).string();
    CHECK(refusal(options, {in, "-o", out}) == refused(name, " " + in));
    CHECK(refusal(options, {"other", "--order", in, "-o", out}) == refused(name, " " + in));
    order.reset();
    CHECK(refusal(options, {"other", "--named", "a=" + in, "-o", out}) == refused(name, " " + in));
    named.clear();
  }
  CHECK(refusal(options, {in, "-o", (folder / "other").string()}) == "not refused");
  CHECK(refusal(options, {in, "-o", (folder / "new").string()}) == "not refused");
}

TEST_CASE("a pipe is neither input nor output") {
  std::optional<std::filesystem::path> output;
  std::filesystem::path file;
  Options options;
  options.output("-o,--output", output, "write to FILE", "FILE");
  options.positional("FILE", file, "the checkpoint");
  const std::string reason =
      ": expected a file name, got '-' | ckpt reads and writes files by position, which pipes do "
      "not allow; ./- is a file of that name";
  CHECK(refusal(options, {"-"}) == "FILE" + reason);
  CHECK(refusal(options, {"a.pt", "-o", "-"}) == "--output" + reason);
  CHECK(refusal(options, {"./-", "-o", "./b"}) == "not refused");
}
