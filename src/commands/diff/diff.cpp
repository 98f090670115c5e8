// ckpt diff: shows what changed between two checkpoints. Exit code 0: same; 1: different.
#include "commands/commands.hpp"

#include <array>
#include <cmath>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/compare.hpp"
#include "ckpt/diff/parallel.hpp"
#include "cli/common_options.hpp"
#include "cli/progress_line.hpp"
#include "commands/diff/git.hpp"
#include "commands/diff/json.hpp"
#include "commands/diff/options.hpp"
#include "commands/diff/schema.hpp"
#include "commands/diff/text.hpp"
#include "commands/shared/address.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/match_hint.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_diff{
    cli::Example{"ckpt diff testdata/torch-2.13/plain.pt testdata/torch-2.13/plain.pt",
                 "nothing differs: exit code 0"},
    cli::Example{"ckpt diff testdata/torch-2.13/training.pt testdata/torch-2.13/training.pt "
                 "'*.bias' --rtol 1e-5",
                 "biases alone, and only what differs by more than rounding"},
};

std::uint64_t root_bytes(const diff::Side& side) {
  return model::storage_bytes_below(side.tree, side.tree.root());
}

/// FILE:PATH is compared like a separate file: values around the part are ignored.
Checkpoint open_part(const std::filesystem::path& text, const std::optional<std::string>& root) {
  const Address address = parse_address(text);
  if (!address.part) return open_for_reading(address.file, root);
  Checkpoint checkpoint = open_checkpoint(address.file, std::nullopt);
  within(address.file.string(), [&] {
    model::Tree& tree = checkpoint.tree();
    tree.set_root(model::root_at(tree, *address.part).node);
    checkpoint.root = root ? within("--root", [&] { return model::root_at(tree, *root); })
                           : model::find_root(tree);
    show_state_dicts(checkpoint);
  });
  return checkpoint;
}

class Diff : public cli::Command {
 public:
  std::string_view name() const override { return "diff"; }
  std::string_view summary() const override { return "what changed: keys, shapes, dtypes, values"; }
  std::span<const cli::Example> examples() const override { return examples_of_diff; }

  void declare(cli::Options& options) override {
    options.reads([this](std::vector<std::filesystem::path>& files) {
      files.push_back(parse_address(file_a_).file);
    });
    options.positional("A", file_a_, "a checkpoint; FILE:PATH is a part of it");
    options.positional("B", file_b_, "the checkpoint, or part, to compare it with");
    options.positionals("PATTERN", selection_.patterns, cli::Count::any,
                        "compare only these (see README, patterns)");
    declare_diff_selection(options, selection_);
    options.flag("--container", is_container_, "how it is stored too: generation, strides, device");
    declare_diff_tolerance(options, tolerance_);
    declare_output_choice(options);
    options.output("--schema", schema_, "hold A against this file of keys, shapes and dtypes",
                   "FILE");
    options.flag("--update", is_schema_updated_, "with --schema: write the file");
    cli::declare_threads(options, threads_);
    cli::declare_printing(options, print_);
    for (const std::string_view other : {"--json", "--stat", "--first"})
      options.excludes("--tree", other);
    options.excludes("--stat", "--json");
    options.excludes("--first", "--json");
    options.excludes("--first", "--stat");
    options.excludes("--container", "--schema");
    options.needs("--update", "--schema");
    options.check([this] { verify(); });
  }

  cli::ExitCode run(cli::Console& console) override {
    if (schema_) return run_schema(console);
    if (const auto call = find_git_call(arguments())) return run_git(*call, console);
    Checkpoint a = open_part(file_a_, selection_.root_of_a());
    Checkpoint b = open_part(*file_b_, selection_.root_of_b());
    a.document.origin->make_loaded(a.tree());
    b.document.origin->make_loaded(b.tree());
    const diff::OptimizerMatches optimizers = diff::match_optimizers(a.tree(), b.tree());
    DiffSelection selection(selection_);
    diff::Names names;
    return report({{file_a_.string(), a.tree(), a.root, optimizers.a, names}, &a},
                  {{file_b_->string(), b.tree(), b.root, optimizers.b, names}, &b},
                  optimizers.matches, selection, console);
  }

 private:
  void declare_output_choice(cli::Options& options) {
    options.group("what to print");
    options.flag("-a,--all", is_all_, "every difference, not only a screen of them");
    options.flag("-t,--tree", is_tree_, "modules with counts instead of tensors");
    options.flag("--stat", is_stat_, "one line of counts");
    options.flag("--first", is_first_, "stop at the first difference and name it");
  }

  void verify() const {
    const bool is_of_git = find_git_call(arguments()).has_value();
    if (!schema_ && !file_b_ && !is_of_git)
      throw Error(ErrorKind::usage, "expected two checkpoints, got one");
    if (schema_ && file_b_)
      throw Error(ErrorKind::usage, "--schema: expected one checkpoint, got two",
                  "name the tensors that count with --only");
  }

  std::vector<std::string> arguments() const {
    std::vector<std::string> all{file_a_.string()};
    if (file_b_) all.push_back(file_b_->string());
    all.insert(all.end(), selection_.patterns.begin(), selection_.patterns.end());
    return all;
  }

  cli::ExitCode report(const ComparedFile& a, const ComparedFile& b,
                       const std::vector<diff::OptimizerMatch>& optimizers,
                       DiffSelection& selection, cli::Console& console) const {
    std::vector<diff::Leaf> leaves_a = selection.leaves(a, DiffSelection::Which::a);
    std::vector<diff::Leaf> leaves_b = selection.leaves(b, DiffSelection::Which::b);
    selection.refuse_unused(leaves_a.size() + leaves_b.size());
    tolerance_.refuse_unused(a.side.names, leaves_a);
    return compare_and_print(a, std::move(leaves_a), b, std::move(leaves_b), optimizers, console);
  }

  cli::ExitCode compare_and_print(const ComparedFile& a, std::vector<diff::Leaf> leaves_a,
                                  const ComparedFile& b, std::vector<diff::Leaf> leaves_b,
                                  const std::vector<diff::OptimizerMatch>& optimizers,
                                  cli::Console& console) const {
    diff::Options options = diff_options(console);
    cli::ProgressLine progress(console, root_bytes(a.side));
    options.on_progress = [&](std::uint64_t bytes) { progress.advance(bytes); };
    const diff::Result result =
        diff::compare(a.side, std::move(leaves_a), b.side, std::move(leaves_b), options);
    DiffReport report{.a = a,
                      .b = b,
                      .result = result,
                      .optimizers = optimizers,
                      .tolerance = tolerance_.general,
                      .is_keys_only = options.depth == diff::Depth::keys};
    if (options.extent == diff::Extent::everything && !result.differences.empty())
      report.hint = diff::find_prefix_hint(a.side, b.side, result);
    if (is_container_ && a.checkpoint != nullptr && b.checkpoint != nullptr)
      report.container = compare_containers(*a.checkpoint, *b.checkpoint, a.side.names, result);
    if (console.verbosity() != cli::Verbosity::quiet) print(report, console);
    return report.is_same() ? cli::ExitCode::done : cli::ExitCode::no;
  }

  diff::Options diff_options(const cli::Console& console) const {
    diff::Options options;
    options.depth = tolerance_.is_keys_only || schema_ ? diff::Depth::keys : diff::Depth::values;
    if (is_first_) options.extent = diff::Extent::first_difference;
    if (console.verbosity() == cli::Verbosity::quiet) options.extent = diff::Extent::verdict;
    if (tolerance_.casts) options.dtypes = diff::DTypes::may_differ;
    options.tolerance = tolerance_.general;
    options.tolerances = tolerance_.of_patterns;
    options.thread_count = threads_.count_or(diff::usual_thread_count());
    return options;
  }

  void print(const DiffReport& report, cli::Console& console) const {
    if (print_.is_json) return print_diff_json(report, console);
    if (is_first_) return print_first_difference(report, console);
    if (is_stat_) {
      print_diff_stat(report, console);
    } else if (is_tree_) {
      print_diff_tree(report, console);
    } else {
      print_diff(report, is_all_ ? Listed::all : Listed::screenful, console);
    }
    if (report.hint) {
      say_hint(report, console);
    } else if (can_be_opened(report.a) && can_be_opened(report.b) &&
               diff::share_no_name(report.result)) {
      console.say(concat("no name is on both sides: ",
                         match_hint(*report.a.checkpoint, *report.b.checkpoint)));
    }
  }

  /// Returns false for a schema and for a version of a file that git keeps.
  static bool can_be_opened(const ComparedFile& file) {
    return file.checkpoint != nullptr && file.checkpoint->path.string() == file.side.file;
  }

  void say_hint(const DiffReport& report, cli::Console& console) const {
    const std::string option = match::option_text(*report.hint);
    const std::string& a = report.a.side.file;
    const std::string& b = report.b.side.file;
    // Under git both files have the path in the repository, which no command could open twice.
    const std::string command = a == b ? "" : concat(": ckpt diff ", option, ' ', a, ' ', b);
    console.say(concat("with ", option, " ", report.hint->matching_count, " of ",
                       counted(report.hint->tensor_count, "tensor"), " match", command));
  }

  cli::ExitCode run_schema(cli::Console& console) const {
    const Checkpoint checkpoint = open_part(file_a_, selection_.root_of_a());
    DiffSelection selection(selection_);
    const std::vector<diff::OptimizerNames> no_optimizers;
    diff::Names names;
    const ComparedFile file{
        {file_a_.string(), checkpoint.tree(), checkpoint.root, no_optimizers, names}};
    std::vector<diff::Leaf> leaves = selection.leaves(file, DiffSelection::Which::a);
    keep_root_tensors(leaves);
    if (is_schema_updated_) {
      write_schema(*schema_, file.side, leaves, Overwrite::yes);
      console.say(concat(schema_->string(), ": ", counted(leaves.size(), "tensor"), " written"));
      return cli::ExitCode::done;
    }
    const model::Tree tree = read_golden();
    const model::Root root{tree.root(), {}, model::RootChoice::top};
    const ComparedFile golden{{schema_->string(), tree, root, no_optimizers, names}};
    std::vector<diff::Leaf> expected = selection.leaves(golden, DiffSelection::Which::b);
    keep_root_tensors(expected);
    selection.refuse_unused(leaves.size() + expected.size());
    return compare_and_print(golden, std::move(expected), file, std::move(leaves), {}, console);
  }

  model::Tree read_golden() const {
    if (!std::filesystem::exists(*schema_))
      throw Error(ErrorKind::io, concat(schema_->string(), ": no such file"),
                  concat("write it with ckpt diff ", file_a_.string(), " --schema ",
                         schema_->string(), " --update"));
    return read_schema(*schema_);
  }

  /// git takes every exit code other than 0 as a failure of its external diff.
  cli::ExitCode run_git(const GitCall& call, cli::Console& console) const {
    const std::string title = render::escaped(call.title, console.escaping());
    if (!print_.is_json)
      console.out(concat("ckpt diff ", title, call.is_unmerged ? ": unmerged\n" : "\n"));
    if (call.is_unmerged) return cli::ExitCode::done;
    DiffSelectionOptions options = selection_;
    options.patterns.clear();
    DiffSelection selection(options);
    const GitVersion a = open_git_version(call.old_file, options.root_of_a());
    const GitVersion b = open_git_version(call.new_file, options.root_of_b());
    const diff::OptimizerMatches optimizers = diff::match_optimizers(a.tree(), b.tree());
    diff::Names names;
    report({{call.title, a.tree(), a.root(), optimizers.a, names}, a.file()},
           {{call.title, b.tree(), b.root(), optimizers.b, names}, b.file()}, optimizers.matches,
           selection, console);
    return cli::ExitCode::done;
  }

  std::filesystem::path file_a_;
  std::optional<std::filesystem::path> file_b_;
  DiffSelectionOptions selection_;
  DiffToleranceOptions tolerance_;
  std::optional<std::filesystem::path> schema_;
  cli::ThreadOptions threads_;
  cli::PrintOptions print_;
  bool is_schema_updated_ = false;
  bool is_container_ = false;
  bool is_all_ = false;
  bool is_tree_ = false;
  bool is_stat_ = false;
  bool is_first_ = false;
};

}  // namespace

std::unique_ptr<cli::Command> make_diff() { return std::make_unique<Diff>(); }

}  // namespace ckpt::commands
