// ckpt recover: undoes an interrupted edit in place. Every other command does this too when it
// opens the file.
#include "commands/commands.hpp"

#include <array>

#include "ckpt/base/append_file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/document.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_recover{
    cli::Example{"ckpt recover testdata/torch-2.13/plain.pt", "says that there is nothing to undo"},
    cli::Example{"ckpt recover testdata/torch-2.13/plain.pt testdata/torch-2.13/tied.pt",
                 "the same for several files"},
};

class Recover : public cli::Command {
 public:
  std::string_view name() const override { return "recover"; }
  std::string_view summary() const override { return "undo an interrupted edit in place"; }
  std::span<const cli::Example> examples() const override { return examples_of_recover; }

  void declare(cli::Options& options) override {
    options.positionals("FILE", files_, cli::Count::one_or_more, "the checkpoints");
  }

  cli::ExitCode run(cli::Console& console) override {
    for (const std::filesystem::path& file : files_) {
      const Recovery recovery = recover_file(file);
      const formats::Document document = formats::open_document(file);
      console.say(concat(render::escaped(file.string(), console.escaping()), ": ",
                         recovery == Recovery::cut_back
                             ? "an interrupted edit was undone; the file is whole, "
                             : "nothing to undo; the file is whole, ",
                         counted(document.size_bytes(), "byte")));
    }
    return cli::ExitCode::done;
  }

 private:
  std::vector<std::filesystem::path> files_;
};

}  // namespace

std::unique_ptr<cli::Command> make_recover() { return std::make_unique<Recover>(); }

}  // namespace ckpt::commands
