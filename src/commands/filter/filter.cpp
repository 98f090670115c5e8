// ckpt filter: keeps or drops entries; everything else is written unchanged.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/apply.hpp"
#include "ckpt/edit/plain.hpp"
#include "ckpt/edit/remove.hpp"
#include "ckpt/edit/sections.hpp"
#include "ckpt/match/selection.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/state_dict.hpp"
#include "cli/common_options.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/optim_options.hpp"
#include "commands/shared/saving.hpp"
#include "commands/shared/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_filter{
    cli::Example{"ckpt filter testdata/torch-2.13/training.pt -o model.pt --sections model",
                 "the weights without optimizer and counters"},
    cli::Example{"ckpt filter testdata/torch-2.13/plain.pt -o head.pt --keep fc --drop '*.bias'",
                 "fc and what lies below it, but no biases"},
    cli::Example{"ckpt filter testdata/torch-2.13/training.pt -o model.pt --state-dict",
                 "the state dict at the top of a file of its own"},
};

/// "model,rest". Throws Error{usage} for an unknown word.
edit::SectionChoice parse_sections(const std::string& words) {
  edit::SectionChoice choice{.has_model = false, .has_optimizer = false, .has_rest = false};
  for (const std::string_view word : split(words, ',')) {
    if (word == "model") {
      choice.has_model = true;
    } else if (word == "optimizer") {
      choice.has_optimizer = true;
    } else if (word == "rest") {
      choice.has_rest = true;
    } else {
      throw Error(ErrorKind::usage,
                  concat("expected some of model, optimizer, rest, got ", quote(word)),
                  did_you_mean(find_closest(word, {"model", "optimizer", "rest"})));
    }
  }
  return choice;
}

class Filter : public cli::Command {
 public:
  std::string_view name() const override { return "filter"; }
  std::string_view summary() const override { return "keep or drop tensors and sections"; }
  std::span<const cli::Example> examples() const override { return examples_of_filter; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    declare_saving(options, output_, cli::InPlace::offered);
    cli::declare_selection(options, selection_);
    options.each(
        "--sections", [this](const std::string& words) { sections_ = parse_sections(words); },
        "keep only these of model, optimizer, rest", "NAMES");
    cli::declare_root(options, root_);
    options.flag(
        "--state-dict", is_state_dict_alone_,
        "the state dict alone, at the top; of a pickled module what its state_dict() gives");
    options.flag("--plain", is_plain_,
                 "plain values in place of objects, so that weights_only loads it anywhere");
    options.value("--model", model_,
                  "FILE is an optimizer: what goes is chosen from the keys of this model", "MODEL");
    options.reads([this](std::vector<std::filesystem::path>& files) {
      if (model_) files.push_back(model_file(*model_));
    });
    options.excludes("--state-dict", "--sections");
    options.excludes("--state-dict", "--model");
    declare_treatment(options, treatment_);
    options.check([this] {
      if (selection_.keep.empty() && selection_.drop.empty() && !sections_ &&
          !is_state_dict_alone_ && !is_plain_)
        throw Error(ErrorKind::usage,
                    "nothing to do: expected --keep, --drop, --sections, --state-dict or --plain");
    });
  }

  cli::ExitCode run(cli::Console& console) override {
    if (model_) return run_beside_model(console);
    Checkpoint checkpoint = open_checkpoint(file_, root_);
    if (treatment_.naming.at)
      within(file_.string(),
             [&] { optim::require_optimizer_at(checkpoint.tree(), *treatment_.naming.at); });
    if (is_state_dict_alone_)
      within(file_.string(), [&] { leave_state_dict(checkpoint, console); });
    const std::size_t dropped_sections =
        within(file_.string(), [&] { return sections_ ? drop_sections(checkpoint, console) : 0; });
    Edit edit =
        within(file_.string(), [&] { return drop_entries(checkpoint, dropped_sections, console); });
    if (is_state_dict_alone_) edit.change = Change::some;
    if (is_plain_) within(file_.string(), [&] { make_plain(checkpoint, edit, console); });
    finish_edit(checkpoint, output_, edit, console);
    return cli::ExitCode::done;
  }

 private:
  /// Makes the state dict the only content of the file.
  void leave_state_dict(Checkpoint& checkpoint, cli::Console& console) const {
    model::Tree& tree = checkpoint.tree();
    require_tensors(checkpoint);
    model::NodeId state_dict =
        checkpoint.root.choice == model::RootChoice::none ? model::no_node : checkpoint.root.node;
    if (state_dict != model::no_node && is_module(tree, state_dict)) {
      refuse_several_modules(checkpoint);
      model::StateDict made = model::make_state_dict(tree, state_dict);
      for (const std::string& name : made.hooked_modules)
        console.warn(
            concat("the hooks that the module ", quote(name), " has on state_dict() are not run"));
      state_dict = made.node;
    }
    if (state_dict == model::no_node || !tree.is(state_dict, model::Kind::dict) ||
        tree.entries(state_dict).empty())
      throw Error(ErrorKind::conflict, "holds no state dict", "ckpt info shows what is in a file");
    tree.set_root(state_dict);
    checkpoint.root = {state_dict, {}, model::RootChoice::top};
  }

  /// Only the user knows which of several modules is meant.
  void refuse_several_modules(const Checkpoint& checkpoint) const {
    const model::Tree& tree = checkpoint.tree();
    const model::PlacedModules modules = model::outermost_modules(tree);
    if (root_ || modules.all.size() == 1) return;
    constexpr std::size_t most_paths = 100;
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < std::min(modules.all.size(), most_paths); ++i)
      paths.push_back(modules.places.short_text(tree, modules.all[i].place));
    const std::size_t more = modules.all.size() - paths.size();
    throw Error(
        ErrorKind::conflict,
        concat("holds ", counted(modules.all.size(), "pickled module"), ": ", join(paths, ", "),
               more > 0 ? concat(" and ", more, " more") : std::string()),
        concat("--root ", paths.front(), " takes the first"));
  }

  std::size_t drop_sections(Checkpoint& checkpoint, cli::Console& console) const {
    const model::Tree& tree = checkpoint.tree();
    if (tree.is(tree.root(), model::Kind::object)) {
      const model::PlacedModules modules = model::outermost_modules(tree);
      if (!modules.all.empty())
        throw refusal_of_module(checkpoint, modules.all.front().node,
                                modules.places.short_text(tree, modules.all.front().place));
    }
    const match::Selection selection = edit::select_sections(tree, checkpoint.root, *sections_);
    for (const match::DroppedEntry& entry : selection.dropped)
      print_dropped(tree, selection, entry, console);
    edit::remove_entries(checkpoint.tree(), selection);
    return selection.dropped.size();
  }

  Edit drop_entries(Checkpoint& checkpoint, std::size_t dropped_sections,
                    cli::Console& console) const {
    match::PatternSet keep(selection_.keep);
    match::PatternSet drop(selection_.drop);
    const match::Selection selection =
        match::select(checkpoint.tree(), checkpoint.root, keep, drop);
    refuse_parts_of_modules(checkpoint, selection, {keep.unused(), drop.unused()});
    refuse_unused(keep, checkpoint, "--keep");
    refuse_unused(drop, checkpoint, "--drop");
    edit::refuse_to_empty(checkpoint.tree(), checkpoint.root, selection);
    for (const match::DroppedEntry& entry : selection.dropped)
      print_dropped(checkpoint.tree(), selection, entry, console);
    const edit::Removal removal =
        edit::remove(checkpoint.tree(), checkpoint.root, selection, carry_options(treatment_));
    say_remarks(removal.followers, console);
    return summary(selection, removal, dropped_sections);
  }

  /// A pickled module is kept or dropped as a whole, unless --root leads into it. The keys of its
  /// state dict are not in the file, so a pattern for them matches nothing there.
  static void refuse_parts_of_modules(const Checkpoint& checkpoint,
                                      const match::Selection& selection,
                                      const std::vector<std::vector<std::string>>& unused) {
    const model::Tree& tree = checkpoint.tree();
    std::unordered_set<model::NodeId> cut;
    for (const match::DroppedEntry& entry : selection.dropped) cut.insert(entry.module);
    const model::PlacedModules modules = model::outermost_modules(tree, checkpoint.root.path);
    for (const model::PlacedModule& module : modules.all) {
      const auto is_meant = [&](const std::string& pattern) {
        const std::string path = modules.places.text(tree, module.place);
        return names_in(checkpoint, module.node, path, match::Pattern(pattern));
      };
      const bool is_cut = cut.contains(module.node);
      if (is_cut || std::ranges::any_of(unused, [&](const std::vector<std::string>& patterns) {
            return std::ranges::any_of(patterns, is_meant);
          }))
        throw refusal_of_module(checkpoint, module.node,
                                modules.places.short_text(tree, module.place));
    }
  }

  /// Whether the pattern matches keys of the module's state dict.
  static bool names_in(const Checkpoint& checkpoint, model::NodeId module, const std::string& path,
                       const match::Pattern& pattern) {
    const model::Tree& tree = checkpoint.tree();
    if (!pattern.sees_whole_tree()) return module == checkpoint.root.node;
    return std::ranges::any_of(
        model::state_of_module(tree, module), [&](const model::ModuleTensor& tensor) {
          return pattern.matches(
              concat(path, path.empty() ? "" : ":", model::key_text(tensor.name)));
        });
  }

  /// FILE holds the optimizer of a model that lies in another file.
  cli::ExitCode run_beside_model(cli::Console& console) {
    Checkpoint checkpoint = open_checkpoint(file_, std::nullopt);
    const Checkpoint model = open_model(*model_, root_);
    match::PatternSet keep(selection_.keep);
    match::PatternSet drop(selection_.drop);
    const match::Selection selection = match::select(model.tree(), model.root, keep, drop);
    refuse_unused(keep, model, "--keep");
    refuse_unused(drop, model, "--drop");
    if (selection.kept_tensors == 0 || selection.empties_root || selection.drops_root)
      throw Error(ErrorKind::conflict,
                  concat(file_.string(), ": no parameter of ", model_->string(), " would be left"),
                  "optim reset empties an optimizer");
    const optim::CarryReport report = within(file_.string(), [&] {
      return edit::follow(checkpoint.tree(), {model.tree(), model.root},
                          edit::make_root_edit(model.tree(), model.root, selection),
                          carry_options(treatment_));
    });
    say_remarks(report, console);
    finish_edit(checkpoint, output_,
                {report.has_changed ? Change::some : Change::none,
                 concat(counted(report.kept_entries, "entry", "entries"), " kept, ",
                        report.dropped_entries, " dropped")},
                console);
    return cli::ExitCode::done;
  }

  void make_plain(Checkpoint& checkpoint, Edit& edit, cli::Console& console) const {
    const std::vector<edit::PlainChange> changes = edit::make_plain(checkpoint.tree());
    const auto dropped = std::ranges::count(changes, "", &edit::PlainChange::to);
    for (const edit::PlainChange& change : changes)
      console.out(
          render::escaped(concat(change.to.empty() ? "- " : "~ ", change.path, ": ", change.from,
                                 change.to.empty() ? "" : concat(" => ", change.to)),
                          console.escaping()) +
          "\n");
    if (!changes.empty() || !checkpoint.document.origin->is_plainly_encoded())
      edit.change = Change::some;
    edit.counts +=
        concat(", ", counted(changes.size() - static_cast<std::size_t>(dropped), "object"),
               " made plain, ", dropped, " dropped");
  }

  void print_dropped(const model::Tree& tree, const match::Selection& selection,
                     const match::DroppedEntry& entry, cli::Console& console) const {
    if (output_.is_dry_run)
      console.out(
          concat("- ", render::escaped(selection.shown(tree, entry), console.escaping()), "\n"));
  }

  static Edit summary(const match::Selection& selection, const edit::Removal& removal,
                      std::size_t dropped_sections) {
    const bool is_changed =
        !selection.dropped.empty() || dropped_sections > 0 || removal.followers.has_changed;
    std::string counts = concat(counted(removal.kept_tensors, "tensor"), " kept, ",
                                removal.dropped_tensors, " dropped");
    const std::size_t other_entries = selection.dropped.size() - selection.dropped_tensor_entries;
    if (other_entries > 0)
      counts += concat(", ", counted(other_entries, "other entry", "other entries"), " dropped");
    if (dropped_sections > 0)
      counts += concat(", ", counted(dropped_sections, "section"), " dropped");
    return {is_changed ? Change::some : Change::none, std::move(counts)};
  }

  std::filesystem::path file_;
  cli::OutputOptions output_;
  cli::SelectionOptions selection_;
  std::optional<edit::SectionChoice> sections_;
  std::optional<std::string> root_;
  std::optional<std::filesystem::path> model_;
  TreatmentOptions treatment_;
  bool is_state_dict_alone_ = false;
  bool is_plain_ = false;
};

}  // namespace

std::unique_ptr<cli::Command> make_filter() { return std::make_unique<Filter>(); }

}  // namespace ckpt::commands
