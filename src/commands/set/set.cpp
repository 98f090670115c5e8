// ckpt set: changes numbers and texts of a checkpoint, by path; types stay.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/assign.hpp"
#include "ckpt/model/module.hpp"
#include "cli/common_options.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_set{
    cli::Example{
        "ckpt set testdata/torch-2.13/training.pt -o low.pt 'optimizer:param_groups:*:lr=1e-5'",
        "another learning rate in every group"},
    cli::Example{"ckpt set testdata/torch-2.13/training.pt -n epoch=0", "what would change"},
};

class Set : public cli::Command {
 public:
  std::string_view name() const override { return "set"; }
  std::string_view summary() const override { return "change numbers: lr, epoch, step, ..."; }
  std::span<const cli::Example> examples() const override { return examples_of_set; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    options.positionals("PATH=VALUE", texts_, cli::Count::one_or_more,
                        "what to change; * in PATH stands for any step");
    declare_saving(options, output_, cli::InPlace::offered);
  }

  cli::ExitCode run(cli::Console& console) override {
    std::vector<edit::Assignment> assignments;
    for (const std::string& text : texts_) assignments.push_back(edit::parse_assignment(text));
    Checkpoint checkpoint = open_checkpoint(file_, std::nullopt);
    const std::vector<edit::Assigned> done = within(file_.string(), [&] {
      for (const edit::Assignment& assignment : assignments)
        refuse_weights_of_modules(checkpoint, assignment);
      return edit::assign(checkpoint.tree(), assignments);
    });
    for (const edit::Assigned& one : done) print(one, console);
    const bool is_changed = std::ranges::any_of(done, &edit::Assigned::is_changed);
    finish_edit(
        checkpoint, output_,
        {is_changed ? Change::some : Change::none, concat(counted(done.size(), "value"), " set")},
        console);
    return cli::ExitCode::done;
  }

 private:
  /// A path leads into a pickled module as the object that it is, so a key of its state dict leads
  /// nowhere.
  static void refuse_weights_of_modules(const Checkpoint& checkpoint,
                                        const edit::Assignment& assignment) {
    const model::Tree& tree = checkpoint.tree();
    const model::PlacedModules modules = model::outermost_modules(tree);
    for (const model::PlacedModule& module : modules.all)
      for (const model::ModuleTensor& tensor : model::state_of_module(tree, module.node))
        if (leads_to(tree, modules.places, module.place, tensor, assignment.path))
          throw refusal_of_module(checkpoint, module.node,
                                  modules.places.short_text(tree, module.place));
  }

  /// Whether `path` is the key of the tensor in its module, or that behind the path to the module.
  static bool leads_to(const model::Tree& tree, const model::Places& places, model::PlaceId module,
                       const model::ModuleTensor& tensor, std::string_view path) {
    const std::string key = model::key_text(tensor.name);
    if (path == key) return true;
    if (!path.ends_with(key)) return false;
    path.remove_suffix(key.size());
    if (!path.ends_with(':')) return false;
    path.remove_suffix(1);
    return module != model::Places::top && places.is_text(tree, module, path);
  }

  void print(const edit::Assigned& one, cli::Console& console) const {
    if (!output_.is_dry_run) return;
    console.out(concat(render::escaped(one.path, console.escaping()), ": ",
                       render::escaped(one.before, console.escaping()), " => ",
                       render::escaped(one.after, console.escaping()), "\n"));
  }

  std::filesystem::path file_;
  std::vector<std::string> texts_;
  cli::OutputOptions output_;
};

}  // namespace

std::unique_ptr<cli::Command> make_set() { return std::make_unique<Set>(); }

}  // namespace ckpt::commands
