// The script for bash. Words without a list of values fall back to file names, except the values of
// options that take free text.
#include "ckpt/base/text.hpp"
#include "cli/completions.hpp"

namespace ckpt::cli {

namespace {

std::string names_of(const OptionSpec& option, std::string_view separator) {
  std::vector<std::string> names;
  if (!option.short_name.empty()) names.push_back(option.short_name);
  names.insert(names.end(), option.long_names.begin(), option.long_names.end());
  return join(names, separator);
}

std::string reply(std::string_view words) {
  return concat("COMPREPLY=($(compgen -W '", words, "' -- \"$current\"))");
}

void append_groups(std::string& out, const DescribedProgram& program) {
  for (const DescribedWord& word : program.words) {
    if (word.children.empty()) continue;
    out +=
        concat("    ", word.word, ")\n      if ((COMP_CWORD == 2)); then\n        ",
               reply(join(word.children, " ")), "\n        ((${#COMPREPLY[@]})) && return\n",
               "      fi\n      case \"${COMP_WORDS[2]}\" in\n        ", join(word.children, "|"),
               ") command=\"", word.word, " ${COMP_WORDS[2]}\" ;;\n", "      esac ;;\n");
  }
}

void append_values(std::string& out, const OptionSpec& option) {
  switch (option.kind) {
    case ValueKind::file:
      out += "return ;;\n";
      return;
    case ValueKind::text:
      out += "compopt +o default +o bashdefault; return ;;\n";
      return;
    case ValueKind::choice:
      out += concat(reply(join(option.choices, " ")), "; return ;;\n");
      return;
  }
}

void append_command(std::string& out, const DescribedCommand& command) {
  std::vector<std::string> names;
  std::vector<std::string> choices;
  out += concat("    '", command.full_name, "')\n      case \"$previous\" in\n");
  for (const OptionSpec& option : command.options.options()) {
    names.push_back(option.name());
    if (!option.takes_value()) continue;
    out += concat("        ", names_of(option, "|"), ") ");
    append_values(out, option);
  }
  for (const PositionalSpec& positional : command.options.positionals())
    choices.insert(choices.end(), positional.choices.begin(), positional.choices.end());
  out += concat("      esac\n      options='", join(names, " "), "'\n      choices='",
                join(choices, " "), "' ;;\n");
}

}  // namespace

std::string bash_script(const DescribedProgram& program) {
  std::vector<std::string> words;
  for (const DescribedWord& word : program.words) words.push_back(word.word);
  std::string out = concat(
      "# bash completion for ckpt; load it with: source <(ckpt completions bash)\n"
      "_ckpt() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local command=\"${COMP_WORDS[1]}\" options='' choices=''\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n    ",
      reply(concat(join(words, " "), " --help --version")), "\n    return\n  fi\n",
      "  case \"$command\" in\n");
  append_groups(out, program);
  out += "    *) ;;\n  esac\n  case \"$command\" in\n";
  for (const DescribedCommand& command : program.commands) append_command(out, command);
  return out +
         "    *) ;;\n"
         "  esac\n"
         "  if [[ $current == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
         "  elif [[ -n $choices ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$choices\" -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "complete -o default -o bashdefault -F _ckpt ckpt\n";
}

}  // namespace ckpt::cli
