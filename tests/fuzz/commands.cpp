// Whole commands on a file: JSON is JSON, an error is an answer, and a file is the same as itself.
#include <nlohmann/json.hpp>

#include "../commands/program.hpp"
#include "ckpt/base/text.hpp"
#include "files.hpp"

namespace ckpt::fuzz {

namespace {

/// On a line of its own: what a file says itself is quoted, its line breaks escaped.
bool ends_with_error(const program::Outcome& outcome, std::string_view what) {
  const std::string line = concat("\nckpt: error: ", what);
  return concat("\n", outcome.err).find(line) != std::string::npos;
}

program::Outcome run(const std::vector<std::string>& words) {
  const program::Outcome outcome = program::run(words);
  require(!ends_with_error(outcome, "internal error"), "no command contradicts itself");
  require(!ends_with_error(outcome, "out of memory"), "no file takes all memory");
  return outcome;
}

/// The grammar of RFC 8259 allows surrogates without their half, which names of tensors may hold
/// and this parser refuses: "\ud800" is looked at as "\u0800".
bool is_json(std::string text) {
  for (std::size_t at = text.find("\\ud"); at != std::string::npos; at = text.find("\\ud", at))
    text[at + 2] = '0';
  return nlohmann::json::accept(text);
}

void run_for_json(std::vector<std::string> words, const std::string& file) {
  words.insert(words.end(), {"--json", file});
  const program::Outcome outcome = run(words);
  if (outcome.code == cli::ExitCode::not_done && outcome.out.empty()) return;
  require(is_json(outcome.out), "--json prints JSON");
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const fuzz::MemoryFile input(fuzz::view_of(data, size));
  const std::string file = input.path().string();
  fuzz::run_for_json({"info"}, file);
  fuzz::run_for_json({"ls", "--all"}, file);
  fuzz::run_for_json({"optim", "ls"}, file);
  fuzz::run_for_json({"check", "--globals", "--crc", "--finite", "-j", "1"}, file);
  fuzz::run({"ls", "--tree", file});
  fuzz::require(fuzz::run({"diff", file, file}).code != cli::ExitCode::no,
                "a file is the same as itself");
  return 0;
}
