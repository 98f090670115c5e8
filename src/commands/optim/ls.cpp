// ckpt optim ls: lists the optimizers of a file, with names beside their ids.
#include <array>

#include "ckpt/base/error.hpp"
#include "cli/common_options.hpp"
#include "commands/commands.hpp"
#include "commands/optim/listing.hpp"
#include "commands/shared/optim_options.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_optim_ls{
    cli::Example{"ckpt optim ls testdata/torch-2.13/training.pt", "ids, names, steps, state"},
    cli::Example{"ckpt optim ls testdata/torch-2.13/training.pt --json", "the same for programs"},
};

class OptimLs : public cli::Command {
 public:
  std::string_view name() const override { return "ls"; }
  std::string_view summary() const override { return "list ids with their names, state, groups"; }
  std::span<const cli::Example> examples() const override { return examples_of_optim_ls; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint, or an optimizer beside its model");
    options.value("--model", model_, "the model, where it is in another file, or its folder",
                  "FILE");
    cli::declare_printing(options, print_);
    declare_naming(options, naming_);
  }

  cli::ExitCode run(cli::Console& console) override {
    const Checkpoint checkpoint = open_checkpoint(file_, std::nullopt);
    std::optional<Checkpoint> model;
    if (model_) model = open_model(*model_, std::nullopt);
    const optim::IdentifyOptions options = identify_options(naming_);
    OptimListing listing = within(file_.string(), [&] {
      return collect_optimizers(checkpoint, model ? model->tree() : checkpoint.tree(), options);
    });
    if (naming_.at) leave_one(listing, *naming_.at);
    if (print_.is_json)
      print_optimizers_json(listing, console);
    else
      print_optimizers_text(listing, console);
    if (!listing.optimizers.empty()) return cli::ExitCode::done;
    console.say("no optimizer in the file");
    return cli::ExitCode::no;
  }

 private:
  static void leave_one(OptimListing& listing, const std::string& path) {
    std::erase_if(listing.optimizers, [&](const OptimizerListing& one) {
      return one.identified.optimizer.path_text != path;
    });
    listing.baggage.clear();
  }

  std::filesystem::path file_;
  std::optional<std::filesystem::path> model_;
  cli::PrintOptions print_;
  NamingOptions naming_;
};

}  // namespace

std::unique_ptr<cli::Command> make_optim_ls() { return std::make_unique<OptimLs>(); }

}  // namespace ckpt::commands
