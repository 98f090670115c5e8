// The script for fish: one `complete` line per word or option, with the condition under which it
// applies.
#include "ckpt/base/text.hpp"
#include "cli/completions.hpp"

namespace ckpt::cli {

namespace {

/// In single quotes, inside which fish treats only \\ and \' specially.
std::string fish_quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

/// " -s o -l output -r -F -d '...'"
std::string option_words(const OptionSpec& option) {
  std::string out;
  if (!option.short_name.empty()) out += concat(" -s ", option.short_name.substr(1));
  if (!option.long_names.empty()) out += concat(" -l ", option.long_names.front().substr(2));
  if (option.takes_value()) out += option.kind == ValueKind::file ? " -r -F" : " -x";
  if (!option.choices.empty()) out += concat(" -a ", fish_quote(join(option.choices, " ")));
  return concat(out, " -d ", fish_quote(option.help));
}

void append_word(std::string& out, std::string_view condition, std::string_view word,
                 std::string_view summary) {
  out += concat("complete -c ckpt -n '", condition, "' -f -a ", fish_quote(word), " -d ",
                fish_quote(summary), '\n');
}

void append_command(std::string& out, const DescribedCommand& command) {
  const std::string condition = concat("__ckpt_is ", command.full_name);
  for (const OptionSpec& option : command.options.options())
    out += concat("complete -c ckpt -n '", condition, "'", option_words(option), '\n');
  for (const PositionalSpec& positional : command.options.positionals())
    for (const std::string& choice : positional.choices)
      append_word(out, condition, choice, positional.name);
}

}  // namespace

std::string fish_script(const DescribedProgram& program) {
  std::string out =
      "# fish completion for ckpt: ~/.config/fish/completions/ckpt.fish\n"
      "function __ckpt_at\n"
      "    set -l words (commandline -opc)\n"
      "    set -e words[1]\n"
      "    test \"$words\" = \"$argv\"\n"
      "end\n"
      "function __ckpt_is\n"
      "    set -l words (commandline -opc)\n"
      "    set -e words[1]\n"
      "    string match -q -- \"$argv *\" \"$words \"\n"
      "end\n";
  for (const DescribedWord& word : program.words)
    append_word(out, "__ckpt_at", word.word, word.summary);
  for (const DescribedCommand& command : program.commands) {
    const std::size_t gap = command.full_name.find(' ');
    if (gap != std::string::npos)
      append_word(out, concat("__ckpt_at ", command.full_name.substr(0, gap)),
                  command.full_name.substr(gap + 1), command.summary);
  }
  for (const DescribedCommand& command : program.commands) append_command(out, command);
  return out;
}

}  // namespace ckpt::cli
