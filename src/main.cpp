#include "cli/run.hpp"
#include "commands/commands.hpp"

int main(int argc, char** argv) {
  return ckpt::cli::run(argc, argv, ckpt::commands::command_rows());
}
