// ckpt copy: copies the tensors of one checkpoint into another where they fit, as load_state_dict
// does.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"
#include "cli/common_options.hpp"
#include "commands/copy/copied_views.hpp"
#include "commands/copy/optimizer.hpp"
#include "commands/copy/report.hpp"
#include "commands/copy/rules.hpp"
#include "commands/shared/address.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_copy{
    cli::Example{"ckpt copy testdata/torch-2.13/wrapped.pt testdata/torch-2.13/batchnorm.pt "
                 "--strip-wrappers -o out.pt",
                 "the weights of a wrapped model in a plain one"},
    cli::Example{"ckpt copy testdata/torch-2.13/average_beside_model.pt:ema "
                 "testdata/torch-2.13/average_beside_model.pt:model --strict -o out.pt",
                 "the averaged weights in the place of the raw ones"},
    cli::Example{"ckpt copy testdata/torch-2.13/tied.pt testdata/torch-2.13/plain.pt -n "
                 "-e 'norm.bias -> fc.bias' -e 'drop **'",
                 "rules say what the tensors of SRC become before they are copied"},
};

class Copy : public cli::Command {
 public:
  std::string_view name() const override { return "copy"; }
  std::string_view summary() const override { return "put tensors of one model into another"; }
  std::span<const cli::Example> examples() const override { return examples_of_copy; }

  void declare(cli::Options& options) override {
    options.positional("SRC", source_, "the checkpoint that gives; FILE:PATH is a part of it");
    options.positional("DST", target_, "the checkpoint that takes; FILE:PATH is a part of it");
    options.reads([this](std::vector<std::filesystem::path>& files) {
      files.push_back(parse_address(source_).file);
      files.push_back(parse_address(target_).file);
    });
    declare_saving(options, output_);
    cli::declare_printing(options, print_);
    declare_fitting(options);
    declare_names(options);
    declare_copy_rules(options, rules_);
    options.group("optimizer of DST");
    declare_copy_optimizer(options, optimizer_);
    options.check([this] { check(); });
  }

  cli::ExitCode run(cli::Console& console) override {
    const std::optional<LoadedRules> rules = load_given_rules();
    if (rules && !report_problems(rules->rules.problems, rules->origin, console))
      return cli::ExitCode::not_done;
    Checkpoint source = open_address(parse_address(source_));
    Checkpoint target = open_address(parse_address(target_));
    choice_.keep = selection_.keep;
    choice_.drop = selection_.drop;
    SourceNames names(choice_);
    if (rules && !remap(source, target, *rules, names, console)) return cli::ExitCode::not_done;
    return copy(source, target, names, console);
  }

 private:
  std::optional<LoadedRules> load_given_rules() const {
    if (!rules_.rules.are_given()) return std::nullopt;
    return load_rules(rules_.rules);
  }

  bool remap(Checkpoint& source, const Checkpoint& target, const LoadedRules& rules,
             SourceNames& names, cli::Console& console) const {
    return within(source.path.string(), [&] {
      const SourceStates states(source, target, optimizer_);
      return apply_rules(source, rules, rules_.use, states, names, console);
    });
  }

  cli::ExitCode copy(const Checkpoint& source, Checkpoint& target, SourceNames& names,
                     cli::Console& console) {
    const edit::CopySide from = source_side(source, target);
    const edit::CopySide to = side_of(target);
    const CopyPlan plan = edit::make_copy_plan(from, to, choice_, names);
    CopiedOptimizer optimizer;
    const std::optional<Error> refusal = edit::find_refusal(from, to, plan, choice_, strictness_);
    const CopyReport report{
        source, target, plan, optimizer, optimizer_.treatment, refusal.has_value()};
    if (!print_.is_json || refusal) print(report, console);
    if (refusal) throw Error(*refusal);
    say_hint(from, to, plan, console);
    const Change change = change_of(source, target, plan);
    optimizer = treat_optimizers(target, source, plan, optimizer_);
    within(target.path.string(),
           [&] { edit::copy_values(target.tree(), target.root, source.tree(), plan, on_tied_); });
    say_remarks(report, console);
    finish_edit(target, output_, {change, copy_counts_text(report)}, console);
    // Print only after saving: scripts take "copied" as done.
    if (print_.is_json) print(report, console);
    return cli::ExitCode::done;
  }

  Change change_of(const Checkpoint& source, const Checkpoint& target, const CopyPlan& plan) const {
    const bool leaves_optimizers = optimizer_.treatment == optim::Treatment::keep ||
                                   optim::find_optimizers(target.tree()).empty();
    return leaves_optimizers && edit::has_all_values(target.tree(), source.tree(), plan)
               ? Change::none
               : Change::some;
  }

  void declare_fitting(cli::Options& options) {
    options.group("what fits");
    options.flag(
        "--strict", strictness_, edit::Strictness::strict,
        "refuse missing and unexpected keys, as load_state_dict does unless told otherwise");
    options.choice("--on-mismatch", choice_.on_mismatch,
                   {{"error", edit::OnMismatch::error},
                    {"skip", edit::OnMismatch::skip},
                    {"slice", edit::OnMismatch::slice},
                    {"pad", edit::OnMismatch::pad}},
                   "other shapes: refuse (default), leave DST's, take SRC's first elements, "
                   "put SRC over DST's first elements");
    options.flag("--cast", choice_.casts, "other dtypes: cast to DST's");
    options.choice("--on-tied", on_tied_,
                   {{"error", edit::OnTied::error}, {"last", edit::OnTied::last}},
                   "two values for tensors that DST ties: refuse (default), or the last wins");
    options.choice("--what", choice_.roles,
                   {{"all", edit::CopiedRoles::all},
                    {"parameters", edit::CopiedRoles::parameters},
                    {"buffers", edit::CopiedRoles::buffers}},
                   "which kind of tensors takes part (default: all)");
  }

  void declare_names(cli::Options& options) {
    options.group("which belongs to which");
    cli::declare_selection(options, selection_);
    options.flag("--strip-wrappers", choice_.strips_wrappers,
                 "take no notice of module., _orig_mod., ... on either side");
    options.value("--from-prefix", choice_.from_prefix, "only SRC's keys that begin so, without it",
                  "PREFIX");
    options.value("--to-prefix", choice_.to_prefix,
                  "only DST's keys that begin so; SRC's get it put before", "PREFIX");
    options.value("--map", choice_.maps, "SRC's names to DST's by globs: 'encoder.*=>enc.*'",
                  "OLD=>NEW");
    options.flag("--by-order", choice_.is_by_order,
                 "by position instead of by name; every shape must fit");
    for (const std::string_view other : {"--strip-wrappers", "--map", "--strict", "--on-mismatch"})
      options.excludes("--by-order", other);
  }

  void check() const {
    check_copy_rules(rules_);
    if (source_ == target_)
      throw Error(ErrorKind::usage, concat(source_.string(), ": SRC and DST are the same"),
                  "FILE:PATH names a part of a file");
  }

  void print(const CopyReport& report, cli::Console& console) const {
    if (print_.is_json) return print_copy_json(report, console);
    if (console.verbosity() == cli::Verbosity::quiet) return;
    if (console.verbosity() == cli::Verbosity::verbose)
      return print_copy(report, CopyRows::all, console);
    const bool shows_plan = output_.is_dry_run || choice_.is_by_order;
    print_copy(report, shows_plan ? CopyRows::plan : CopyRows::what_is_not_plain, console);
  }

  /// Some fitted, but far more would, or should.
  void say_hint(const edit::CopySide& source, const edit::CopySide& target, const CopyPlan& plan,
                cli::Console& console) const {
    if (const auto hint = edit::find_naming_hint(plan, choice_))
      console.say(*hint);
    else if (const auto few = edit::find_few_hint(source, target, plan, choice_))
      console.say(*few);
  }

  void say_remarks(const CopyReport& report, cli::Console& console) const {
    if (const std::optional<std::string> seen =
            edit::find_seen_elsewhere(report.target.tree(), report.target.root, report.plan))
      console.say(concat(report.target.path.string(), ": ", *seen));
    if (const std::optional<std::string> overlap = overlap_remark(report.plan))
      console.say(concat(report.target.path.string(), ": ", *overlap));
    for (const std::string& remark : report.optimizer.remarks) console.say(remark);
  }

  std::filesystem::path source_;
  std::filesystem::path target_;
  cli::OutputOptions output_;
  cli::PrintOptions print_;
  cli::SelectionOptions selection_;
  edit::CopyChoice choice_;
  CopyRules rules_;
  edit::Strictness strictness_ = edit::Strictness::lenient;
  edit::OnTied on_tied_ = edit::OnTied::error;
  CopyOptimizerOptions optimizer_;
};

}  // namespace

std::unique_ptr<cli::Command> make_copy() { return std::make_unique<Copy>(); }

}  // namespace ckpt::commands
