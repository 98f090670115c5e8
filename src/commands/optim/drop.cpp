// ckpt optim drop, ckpt optim reset: a checkpoint without optimizers, or with fresh ones.
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/optim/carry.hpp"
#include "cli/common_options.hpp"
#include "commands/commands.hpp"
#include "commands/shared/optim_options.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_optim_drop{
    cli::Example{"ckpt optim drop testdata/torch-2.13/training.pt -o model.pt",
                 "everything but the optimizer"},
    cli::Example{"ckpt optim drop testdata/torch-2.13/training.pt -o model.pt --all-training",
                 "and without schedulers and scalers"},
};
constexpr std::array examples_of_optim_reset{
    cli::Example{"ckpt optim reset testdata/torch-2.13/training.pt -o fresh.pt",
                 "the same groups, as before the first step"},
    cli::Example{"ckpt optim reset testdata/torch-2.13/training.pt -n",
                 "which optimizers there are"},
};

class OptimRemoval : public cli::Command {
 public:
  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    declare_saving(options, output_, cli::InPlace::offered);
    declare_more(options);
  }

  cli::ExitCode run(cli::Console& console) override {
    Checkpoint checkpoint = open_checkpoint(file_, std::nullopt);
    const std::vector<std::string> paths =
        within(file_.string(), [&] { return edit(checkpoint.tree()); });
    if (paths.empty())
      throw Error(ErrorKind::conflict, concat(file_.string(), ": no optimizer in the file"));
    if (output_.is_dry_run)
      for (const std::string& path : paths)
        console.out(concat("- ", render::escaped(path, console.escaping()), "\n"));
    finish_edit(checkpoint, output_, {Change::some, counts(paths.size())}, console);
    return cli::ExitCode::done;
  }

 protected:
  virtual void declare_more(cli::Options&) {}
  virtual std::vector<std::string> edit(model::Tree& tree) = 0;
  virtual std::string counts(std::size_t optimizers) const = 0;

 private:
  std::filesystem::path file_;
  cli::OutputOptions output_;
};

class OptimReset : public OptimRemoval {
 public:
  std::string_view name() const override { return "reset"; }
  std::string_view summary() const override { return "empty the state, keep the groups"; }
  std::span<const cli::Example> examples() const override { return examples_of_optim_reset; }

 protected:
  std::vector<std::string> edit(model::Tree& tree) override {
    return optim::reset_optimizers(tree);
  }
  std::string counts(std::size_t optimizers) const override {
    return concat(counted(optimizers, "optimizer"), " reset");
  }
};

class OptimDrop : public OptimRemoval {
 public:
  std::string_view name() const override { return "drop"; }
  std::string_view summary() const override { return "leave optimizers out"; }
  std::span<const cli::Example> examples() const override { return examples_of_optim_drop; }

 protected:
  void declare_more(cli::Options& options) override {
    options.flag("--all-training", is_all_training_, "schedulers and gradient scalers too");
    options.flag("--reset", is_reset_, "keep the groups, empty the state: as optim reset");
    options.excludes("--all-training", "--reset");
  }
  std::vector<std::string> edit(model::Tree& tree) override {
    if (is_reset_) return optim::reset_optimizers(tree);
    std::vector<std::string> paths = optim::drop_optimizers(tree);
    if (is_all_training_) others_ = optim::drop_schedulers_and_scalers(tree);
    return paths;
  }
  std::string counts(std::size_t optimizers) const override {
    std::string text = concat(counted(optimizers, "optimizer"), is_reset_ ? " reset" : " dropped");
    if (others_ > 0)
      text += concat(", ", counted(others_, "other entry", "other entries"), " dropped");
    return text;
  }

 private:
  bool is_all_training_ = false;
  bool is_reset_ = false;
  std::size_t others_ = 0;
};

}  // namespace

std::unique_ptr<cli::Command> make_optim_drop() { return std::make_unique<OptimDrop>(); }
std::unique_ptr<cli::Command> make_optim_reset() { return std::make_unique<OptimReset>(); }

}  // namespace ckpt::commands
