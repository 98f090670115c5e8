#include "cli/completions.hpp"

#include <array>

#include "cli/command_table.hpp"
#include "cli/run.hpp"

namespace ckpt::cli {

namespace {

DescribedCommand describe(const CommandTable& table, const CommandRow& row) {
  const std::unique_ptr<Command> command = table.make(row);
  DescribedCommand described{full_name(row), std::string(command->summary()), {}};
  ConsoleOptions console_options;
  command->declare(described.options);
  declare_console(described.options, console_options);
  return described;
}

DescribedProgram describe(const CommandTable& table) {
  DescribedProgram program;
  for (const CommandRow& row : table.rows())
    if (table.is_command(row)) program.commands.push_back(describe(table, row));
  for (const std::string& word : table.names_in({})) {
    DescribedWord described{word, std::string(table.group_title(word)), {}};
    if (table.is_group(word)) described.children = table.names_in(word);
    for (const DescribedCommand& command : program.commands)
      if (command.full_name == word) described.summary = command.summary;
    program.words.push_back(std::move(described));
  }
  return program;
}

class CompletionsCommand final : public Command {
 public:
  explicit CompletionsCommand(const CommandTable& table) : table_(table) {}

  std::string_view name() const override { return completions_name; }
  std::string_view summary() const override { return "a script that completes words in a shell"; }

  std::span<const Example> examples() const override {
    static constexpr std::array examples = {
        Example{"source <(ckpt completions bash)", "in this bash, or in ~/.bashrc for all"},
        Example{"ckpt completions fish > ~/.config/fish/completions/ckpt.fish", "for fish"},
    };
    return examples;
  }

  void declare(Options& options) override {
    options.positional_choice("SHELL", shell_,
                              {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}},
                              "bash, zsh or fish");
  }

  ExitCode run(Console& console) override {
    console.out(shell_(describe(table_)));
    return ExitCode::done;
  }

 private:
  using Script = std::string (*)(const DescribedProgram&);

  const CommandTable& table_;
  Script shell_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_completions(const CommandTable& table) {
  return std::make_unique<CompletionsCommand>(table);
}

}  // namespace ckpt::cli
