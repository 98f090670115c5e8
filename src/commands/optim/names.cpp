// ckpt optim names: writes the names of parameters beside their ids, so that they need not be
// inferred again.
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/optim/write_names.hpp"
#include "cli/common_options.hpp"
#include "commands/commands.hpp"
#include "commands/shared/optim_options.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_optim_names{
    cli::Example{"ckpt optim names testdata/torch-2.13/training.pt -o named.pt",
                 "with param_names in every group"},
    cli::Example{"ckpt optim names testdata/torch-2.13/training.pt -n", "which names these are"},
};

class OptimNames : public cli::Command {
 public:
  std::string_view name() const override { return "names"; }
  std::string_view summary() const override { return "write param_names into the groups"; }
  std::span<const cli::Example> examples() const override { return examples_of_optim_names; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint, or an optimizer beside its model");
    options.value("--model", model_, "the model, where it is in another file, or its folder",
                  "FILE");
    options.reads([this](std::vector<std::filesystem::path>& files) {
      if (model_) files.push_back(model_file(*model_));
    });
    declare_saving(options, output_, cli::InPlace::offered);
    declare_naming(options, naming_);
  }

  cli::ExitCode run(cli::Console& console) override {
    Checkpoint checkpoint = open_checkpoint(file_, std::nullopt);
    std::optional<Checkpoint> model;
    if (model_) model = open_model(*model_, std::nullopt);
    const optim::IdentifyOptions options = identify_options(naming_);
    const std::size_t named = within(file_.string(), [&] {
      const auto all =
          optim::identify(checkpoint.tree(), model ? model->tree() : checkpoint.tree(), options);
      if (all.empty()) throw Error(ErrorKind::conflict, "no optimizer in the file");
      const std::size_t changed = optim::write_names(checkpoint.tree(), all);
      print_plan(all, console);
      return changed;
    });
    finish_edit(
        checkpoint, output_,
        {named > 0 ? Change::some : Change::none, concat(counted(named, "optimizer"), " named")},
        console);
    return cli::ExitCode::done;
  }

 private:
  void print_plan(const std::vector<optim::Identified>& all, cli::Console& console) const {
    for (const optim::Identified& one : all) {
      console.say(concat("optimizer ", quote(one.optimizer.path_text), ": ",
                         optim::level_text(one.resolution.level), ": ", one.resolution.rule));
      if (!output_.is_dry_run) continue;
      for (std::size_t i = 0; i < one.resolution.names.size(); ++i)
        console.out(concat(one.optimizer.slots[i].label, " ",
                           render::escaped(one.resolution.names[i], console.escaping()), "\n"));
    }
  }

  std::filesystem::path file_;
  std::optional<std::filesystem::path> model_;
  cli::OutputOptions output_;
  NamingOptions naming_;
};

}  // namespace

std::unique_ptr<cli::Command> make_optim_names() { return std::make_unique<OptimNames>(); }

}  // namespace ckpt::commands
