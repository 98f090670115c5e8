// Replays what a user types and sees: stdout, stderr and exit code together.
//
//   # Tied weights are listed once with their bytes and once by reference.
//   $ ckpt ls testdata/tied.pt
//   key  dtype  shape  bytes
//   a    f32    3x4    48
//
//   $ ckpt ls testdata/no-such.pt
//   ! ckpt: error: testdata/no-such.pt: no such file
//   [2]
//
// A line that begins with `$ ` is a command for sh, continued on the next line after a backslash;
// then come its lines of stdout, of stderr behind `! `, and the exit code as `[n]` unless it is 0.
// The next command, a comment or the end of the text ends what is expected; blank lines before
// that end separate and mean nothing, others are blank lines of the output. `<*>` stands for any
// characters within a line: times and other numbers that vary. An output line that would itself
// look like a mark is written with a backslash before it.
//
// Every file is a session of its own, in a fresh directory where `testdata` leads to the test data
// and where `ckpt` is the one under test. Of a Markdown file only the fenced ```console blocks that
// begin with `$ ckpt` are read, all as one session.
//
// usage: golden_runner [--update] CKPT_FOLDER TESTDATA_FOLDER FILE...
// --update writes what was seen into the files; a `<*>` that still fits stays.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

enum class Mode { check, update };

struct Settings {
  Mode mode = Mode::check;
  fs::path ckpt_folder;
  fs::path testdata_folder;
};

/// A command with what should follow it: lines [first, end) of the file.
struct Block {
  std::string command;
  std::size_t first_expected = 0;
  std::size_t end_expected = 0;
};

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "a\nb\n" is {"a", "b"}; a last line without its end is marked.
Lines split_lines(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  if (!text.empty() && text.back() != '\n') lines.back() += "<no line end>";
  return lines;
}

// ---- reading a session

bool is_command(std::string_view line) { return line.starts_with("$ "); }

bool ends_expectation(std::string_view line) {
  return is_command(line) || line == "#" || line.starts_with("# ");
}

/// The block that begins at line `at`, all of it before line `end`.
Block read_block(const Lines& lines, std::size_t at, std::size_t end) {
  Block block;
  block.command = lines[at].substr(2);
  while (block.command.ends_with('\\') && at + 1 < end) block.command += '\n' + lines[++at];
  block.first_expected = at + 1;
  block.end_expected = block.first_expected;
  for (std::size_t i = at + 1; i < end && !ends_expectation(lines[i]); ++i)
    if (!lines[i].empty()) block.end_expected = i + 1;
  return block;
}

void read_blocks(const Lines& lines, std::size_t first, std::size_t end, std::vector<Block>& out) {
  for (std::size_t i = first; i < end; ++i)
    if (is_command(lines[i])) out.push_back(read_block(lines, i, end));
}

std::vector<Block> read_markdown_blocks(const Lines& lines) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    if (lines[i] != "```console") continue;
    const std::size_t first = ++i;
    while (i < lines.size() && lines[i] != "```") ++i;
    if (lines[first].starts_with("$ ckpt")) read_blocks(lines, first, i, blocks);
  }
  return blocks;
}

std::vector<Block> read_session(const fs::path& path, const Lines& lines) {
  std::vector<Block> blocks;
  if (path.extension() == ".md") return read_markdown_blocks(lines);
  read_blocks(lines, 0, lines.size(), blocks);
  return blocks;
}

// ---- running a command

/// Fresh, with the link to the test data; removed with everything in it at the end.
class SessionFolder {
 public:
  explicit SessionFolder(const fs::path& testdata) {
    std::string pattern = (fs::temp_directory_path() / "ckpt-golden-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(pattern + ": not made");
    top_ = pattern;
    fs::create_directory(work());
    fs::create_directory_symlink(testdata, work() / "testdata");
  }
  ~SessionFolder() {
    std::error_code ignored;
    fs::remove_all(top_, ignored);
  }
  SessionFolder(const SessionFolder&) = delete;
  SessionFolder& operator=(const SessionFolder&) = delete;

  fs::path work() const { return top_ / "work"; }
  fs::path stdout_file() const { return top_ / "stdout"; }
  fs::path stderr_file() const { return top_ / "stderr"; }

 private:
  fs::path top_;
};

void redirect(int descriptor, const fs::path& path, int flags) {
  const int opened = ::open(path.c_str(), flags, 0600);
  if (opened < 0 || ::dup2(opened, descriptor) < 0) std::_Exit(126);
}

[[noreturn]] void become_shell(const std::string& command, const SessionFolder& folder) {
  constexpr int for_output = O_WRONLY | O_CREAT | O_TRUNC;
  redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
  redirect(STDOUT_FILENO, folder.stdout_file(), for_output);
  redirect(STDERR_FILENO, folder.stderr_file(), for_output);
  if (::chdir(folder.work().c_str()) == 0)
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  std::_Exit(127);
}

/// Runs `command` and returns its exit code, or 128 and the signal that ended it, as sh does.
int run_command(const std::string& command, const SessionFolder& folder) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) become_shell(command, folder);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A line of stdout must not be read as a mark.
std::string escaped_line(const std::string& line) {
  const bool is_code = line.size() > 2 && line.front() == '[' && line.back() == ']' &&
                       line.find_first_not_of("0123456789", 1) == line.size() - 1;
  const bool is_mark = ends_expectation(line) || line.starts_with("! ") || line == "!" ||
                       line.starts_with("\\") || line.starts_with("```") || is_code;
  return is_mark ? "\\" + line : line;
}

/// What the command showed, in the form in which it is expected.
Lines see(const Block& block, const SessionFolder& folder) {
  const int code = run_command(block.command, folder);
  Lines seen;
  for (const std::string& line : split_lines(read_text(folder.stdout_file())))
    seen.push_back(escaped_line(line));
  for (const std::string& line : split_lines(read_text(folder.stderr_file())))
    seen.push_back(line.empty() ? "!" : "! " + line);
  if (code != 0) seen.push_back("[" + std::to_string(code) + "]");
  while (!seen.empty() && seen.back().empty()) seen.pop_back();
  return seen;
}

// ---- comparing

/// `<*>` in the pattern stands for any characters. Each piece is found at its earliest place,
/// the last one at the end: no backtracking is needed.
bool fits(std::string_view line, std::string_view pattern) {
  constexpr std::string_view star = "<*>";
  std::size_t at = pattern.find(star);
  if (at == std::string_view::npos) return line == pattern;
  if (!line.starts_with(pattern.substr(0, at))) return false;
  line.remove_prefix(at);
  pattern.remove_prefix(at + star.size());
  while ((at = pattern.find(star)) != std::string_view::npos) {
    const std::size_t found = line.find(pattern.substr(0, at));
    if (found == std::string_view::npos) return false;
    line.remove_prefix(found + at);
    pattern.remove_prefix(at + star.size());
  }
  return line.ends_with(pattern);
}

bool fits(const Lines& seen, const Lines& expected) {
  if (seen.size() != expected.size()) return false;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (!fits(seen[i], expected[i])) return false;
  return true;
}

/// The seen lines; where an expected line with `<*>` fits one, it is kept.
Lines with_patterns_kept(Lines seen, const Lines& expected) {
  for (std::string& line : seen)
    for (const std::string& pattern : expected)
      if (fits(line, pattern)) line = pattern;
  return seen;
}

void print_difference(const fs::path& path, const Block& block, const Lines& expected,
                      const Lines& seen) {
  std::cout << path.string() << ":" << block.first_expected << ": $ " << block.command
            << "\n--- expected\n";
  for (const std::string& line : expected) std::cout << line << "\n";
  std::cout << "--- seen\n";
  for (const std::string& line : seen) std::cout << line << "\n";
  std::cout << "---\n";
}

/// Replays one file. Returns how many commands showed something else than expected.
int replay(const fs::path& path, const Settings& settings) {
  const Lines lines = split_lines(read_text(path));
  const SessionFolder folder(settings.testdata_folder);
  int failures = 0;
  std::size_t copied_until = 0;
  std::ostringstream updated;
  const std::vector<Block> blocks = read_session(path, lines);
  for (const Block& block : blocks) {
    const auto at = [&lines](std::size_t i) {
      return lines.begin() + static_cast<std::ptrdiff_t>(i);
    };
    const Lines expected(at(block.first_expected), at(block.end_expected));
    Lines seen = see(block, folder);
    if (!fits(seen, expected)) {
      ++failures;
      if (settings.mode == Mode::check) print_difference(path, block, expected, seen);
      seen = with_patterns_kept(std::move(seen), expected);
    } else {
      seen = expected;
    }
    for (std::size_t i = copied_until; i < block.first_expected; ++i) updated << lines[i] << "\n";
    for (const std::string& line : seen) updated << line << "\n";
    copied_until = block.end_expected;
  }
  for (std::size_t i = copied_until; i < lines.size(); ++i) updated << lines[i] << "\n";
  if (settings.mode == Mode::update && failures > 0) std::ofstream(path) << updated.str();
  std::cout << path.string() << ": " << blocks.size() << " commands, " << failures
            << (settings.mode == Mode::update ? " updated\n" : " failed\n");
  return failures;
}

/// Nothing of the user's surroundings may show in what a session sees.
void set_surroundings(const Settings& settings) {
  const char* const path = std::getenv("PATH");
  ::setenv("PATH", (settings.ckpt_folder.string() + ":" + (path != nullptr ? path : "")).c_str(),
           1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  ::setenv("TERM", "dumb", 1);
  for (const char* const name : {"NO_COLOR", "COLUMNS"}) ::unsetenv(name);
}

}  // namespace

int main(int argc, char** argv) {
  Lines words(argv + 1, argv + argc);
  Settings settings;
  if (!words.empty() && words.front() == "--update") {
    settings.mode = Mode::update;
    words.erase(words.begin());
  }
  if (words.size() < 3) {
    std::cerr << "usage: golden_runner [--update] CKPT_FOLDER TESTDATA_FOLDER FILE...\n";
    return 2;
  }
  try {
    settings.ckpt_folder = fs::canonical(words[0]);
    settings.testdata_folder = fs::canonical(words[1]);
    set_surroundings(settings);
    int failures = 0;
    for (std::size_t i = 2; i < words.size(); ++i) failures += replay(words[i], settings);
    return failures == 0 || settings.mode == Mode::update ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "golden_runner: " << error.what() << "\n";
    return 2;
  }
}
