// The script for zsh: descriptions for _describe, specifications for _arguments.
#include "ckpt/base/text.hpp"
#include "cli/completions.hpp"

namespace ckpt::cli {

namespace {

/// For use in single quotes; escapes the characters that _arguments and _describe treat specially.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string_view action(ValueKind kind) { return kind == ValueKind::file ? "_files" : " "; }

/// '(-o --output)'{-o,--output}'[write the result to FILE]:FILE:_files'
std::string argument_spec(const OptionSpec& option) {
  std::string value;
  if (option.kind == ValueKind::choice) {
    value = concat(":value:(", join(option.choices, " "), ")");
  } else if (option.takes_value()) {
    value = concat(":", zsh_text(option.placeholder), ":", action(option.kind));
  }
  const std::string tail = concat("[", zsh_text(option.help), "]", value, "'");
  const std::string_view star = option.is_repeatable ? "*" : "";
  if (option.short_name.empty() || option.long_names.empty())
    return concat("'", star, option.name(), tail);
  const std::string both = concat(option.short_name, " ", option.name());
  const std::string guard = option.is_repeatable ? "'*'" : concat("'(", both, ")'");
  return concat(guard, "{", option.short_name, ",", option.name(), "}'", tail);
}

std::string positional_spec(const PositionalSpec& positional) {
  const bool is_list = positional.count == Count::one_or_more || positional.count == Count::any;
  const std::string values = positional.choices.empty()
                                 ? std::string(action(positional.kind))
                                 : concat("(", join(positional.choices, " "), ")");
  return concat("'", is_list ? "*" : "", ":", zsh_text(positional.name), ":", values, "'");
}

void append_command(std::string& out, const DescribedCommand& command) {
  out += concat("    '", command.full_name, "') _arguments -s -S");
  for (const OptionSpec& option : command.options.options())
    out += concat(" \\\n      ", argument_spec(option));
  for (const PositionalSpec& positional : command.options.positionals())
    out += concat(" \\\n      ", positional_spec(positional));
  out += " ;;\n";
}

std::string summary_of(const DescribedProgram& program, std::string_view full_name) {
  for (const DescribedCommand& command : program.commands)
    if (command.full_name == full_name) return command.summary;
  return {};
}

void append_groups(std::string& out, const DescribedProgram& program) {
  for (const DescribedWord& word : program.words) {
    if (word.children.empty()) continue;
    out += concat("    ", word.word, ")\n      if (( CURRENT == 3 )); then\n        described=(");
    for (const std::string& child : word.children)
      out += concat(" '", child, ":", zsh_text(summary_of(program, concat(word.word, " ", child))),
                    "'");
    out += concat(
        " )\n        _describe command described && return\n      fi\n      case $words[3] in ",
        join(word.children, "|"), ") command=\"$words[2] $words[3]\"; used=2 ;; esac ;;\n");
  }
}

}  // namespace

std::string zsh_script(const DescribedProgram& program) {
  std::string out =
      "#compdef ckpt\n"
      "# zsh completion for ckpt: a file _ckpt in a folder of $fpath,\n"
      "# or after compinit: source <(ckpt completions zsh)\n"
      "_ckpt() {\n"
      "  local -a described\n"
      "  local command=$words[2]\n"
      "  integer used=1\n"
      "  if (( CURRENT == 2 )); then\n"
      "    described=(\n";
  for (const DescribedWord& word : program.words)
    out += concat("      '", word.word, ":", zsh_text(word.summary), "'\n");
  out += "    )\n    _describe command described\n    return\n  fi\n  case $command in\n";
  append_groups(out, program);
  out +=
      "    *) ;;\n"
      "  esac\n"
      "  shift used words\n"
      "  (( CURRENT -= used ))\n"
      "  case $command in\n";
  for (const DescribedCommand& command : program.commands) append_command(out, command);
  return out +
         "    *) _files ;;\n"
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _ckpt ]]; then _ckpt \"$@\"; else compdef _ckpt ckpt; fi\n";
}

}  // namespace ckpt::cli
