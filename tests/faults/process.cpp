#include "faults/process.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <stdexcept>
#include <system_error>

#include "cli/run.hpp"
#include "commands/commands.hpp"
#include "commands/files.hpp"

namespace ckpt::faults {

namespace {

constexpr unsigned most_seconds = 60;  // a program that waits for ever is a failure too

/// A file in memory that takes what a process prints.
class Print {
 public:
  Print() : descriptor_(::memfd_create("print", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no file in memory");
  }
  ~Print() { ::close(descriptor_); }
  Print(const Print&) = delete;
  Print& operator=(const Print&) = delete;

  int descriptor() const { return descriptor_; }

  std::string text() const {
    std::string text(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
    if (::pread(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("what the program printed cannot be read");
    return text;
  }

 private:
  int descriptor_;
};

[[noreturn]] void become_program(const std::filesystem::path& folder, const Words& words,
                                 const Print& out, const Print& err, Control& control) {
  std::vector<const char*> arguments{"ckpt"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  std::filesystem::current_path(folder);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out.descriptor(), STDOUT_FILENO);
  ::dup2(err.descriptor(), STDERR_FILENO);
  ::close(nothing);
  ::alarm(most_seconds);
  arm(control);
  ::_exit(cli::run(static_cast<int>(arguments.size()), arguments.data(), commands::command_rows()));
}

}  // namespace

Control& make_control() {
  void* const memory =
      ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return *new (memory) Control;
}

Run run_program(const std::filesystem::path& folder, const Words& words, Control& control) {
  for (auto& seen : control.seen) seen = 0;
  const Print out;
  const Print err;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) become_program(folder, words, out, err, control);
  int status = 0;
  ::waitpid(child, &status, 0);
  Run run;
  run.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + run.signal;
  run.out = out.text();
  run.err = err.text();
  return run;
}

Files read_folder(const std::filesystem::path& folder) {
  Files found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    found[entry.path().filename().string()] = files::read(entry.path());
  return found;
}

void write_folder(const std::filesystem::path& folder, const Files& wanted) {
  for (const auto& [name, bytes] : read_folder(folder))
    if (!wanted.contains(name)) std::filesystem::remove(folder / name);
  for (const auto& [name, bytes] : wanted) files::write(folder / name, bytes);
}

}  // namespace ckpt::faults
