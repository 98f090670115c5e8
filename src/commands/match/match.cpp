// ckpt match: proposes which tensors of one checkpoint correspond to which of another, and writes
// the rules with which ckpt remap converts one to the other.
#include "commands/commands.hpp"

#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/diff/value_sum.hpp"
#include "ckpt/match/align_given.hpp"
#include "cli/common_options.hpp"
#include "cli/progress_line.hpp"
#include "commands/match/report.hpp"
#include "commands/shared/rule_options.hpp"
#include "commands/shared/text_file.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_match{
    cli::Example{"ckpt match testdata/torch-2.13/wrapped.pt testdata/torch-2.13/batchnorm.pt",
                 "which tensors are which, and how sure that is"},
    cli::Example{"ckpt match testdata/torch-2.13/wrapped.pt testdata/torch-2.13/batchnorm.pt "
                 "--rules names.remap",
                 "rules for ckpt remap --rules names.remap"},
};

/// "A=>B"
match::AlignHint parse_hint(const std::string& text) {
  const std::size_t arrow = text.find("=>");
  if (arrow == std::string::npos || arrow == 0 || arrow + 2 == text.size())
    throw Error(ErrorKind::usage, concat("expected PART=>PART, got ", quote(text)),
                "keys of A that hold the one are keys of B that hold the other: 'norm1=>ln_1'");
  return {text.substr(0, arrow), text.substr(arrow + 2)};
}

class Match : public cli::Command {
 public:
  std::string_view name() const override { return "match"; }
  std::string_view summary() const override {
    return "which tensors of A are which of B, as rules";
  }
  std::span<const cli::Example> examples() const override { return examples_of_match; }

  void declare(cli::Options& options) override {
    options.positional("A", a_, "the checkpoint whose names are to change");
    options.positional("B", b_, "a checkpoint that has the names wanted");
    options.output("--rules", rules_, "write the rules that ckpt remap takes", "OUT");
    options.flag("-f,--force", overwrite_, Overwrite::yes, "replace OUT where it exists");
    options.flag("--accept-open", open_, match::OpenPairs::as_rules,
                 "take what is open as it is proposed");
    options.each(
        "--hint", [this](const std::string& text) { hints_.push_back(parse_hint(text)); },
        "keys of A that hold PART are keys of B that hold the other", "PART=>PART");
    options.value("--rules-in", given_file_,
                  "rules for some of the keys; only what they leave is matched, and OUT has both",
                  "FILE");
    declare_parameters(options, parameters_);
    options.flag("--by-value", is_by_value_, "pair only tensors of equal values; reads both files");
    cli::declare_root(options, root_);
    options.value("--root-a", root_a_, "the root of A alone", "PATH");
    options.value("--root-b", root_b_, "the root of B alone", "PATH");
    options.needs("--force", "--rules");
    options.needs("--define", "--rules-in");
    options.needs("--config", "--rules-in");
    cli::declare_threads(options, threads_);
    cli::declare_printing(options, print_);
  }

  cli::ExitCode run(cli::Console& console) override {
    MatchReport report{open_matched_side(a_, root_a_ ? root_a_ : root_),
                       open_matched_side(b_, root_b_ ? root_b_ : root_)};
    if (is_by_value_) {
      sum_values(report.a, console);
      sum_values(report.b, console);
    }
    match::GivenRules given;
    if (given_file_ && !apply_given(report, given, console)) return cli::ExitCode::not_done;
    report.alignment = match::align(report.a.tensors, report.b.tensors,
                                    {.hints = hints_,
                                     .settled = given.pairs,
                                     .left_out_a = given.left_out_a,
                                     .left_out_b = given.left_out_b});
    report.rules = match::make_rules(report.alignment, report.a.tensors, report.b.tensors);
    match::add_given(report.rules, given, report.alignment);
    if (rules_) write_rules(report);
    print(report, console);
    const bool is_decided = open_ == match::OpenPairs::as_rules || report.open_count() == 0;
    return is_decided && !report.alignment.pairs.empty() ? cli::ExitCode::done : cli::ExitCode::no;
  }

 private:
  /// Returns false when reported problems forbid continuing.
  bool apply_given(MatchReport& report, match::GivenRules& given, cli::Console& console) const {
    LoadedRules loaded = load_rule_file(*given_file_, parameters_);
    if (!report_problems(loaded.rules.problems, loaded.origin, console)) return false;
    given = match::apply_given(loaded.rules, loaded.parameters, report.a.tensors, report.b.tensors);
    report.given = std::move(loaded.rules);
    return report_problems(given.problems, loaded.origin, console);
  }

  void sum_values(MatchedSide& side, cli::Console& console) const {
    const model::Tree& tree = side.checkpoint.tree();
    cli::ProgressLine progress(console,
                               model::storage_bytes_below(tree, side.checkpoint.root.node));
    const unsigned threads =
        threads_.count ? static_cast<unsigned>(*threads_.count) : diff::usual_thread_count();
    within(side.checkpoint.path.string(), [&] {
      diff::for_each_index(side.nodes.size(), threads, [&](std::size_t i) {
        const model::Tensor& tensor = tree.tensor(side.nodes[i]);
        side.tensors[i].content = within(side.tensors[i].key, [&] {
          return diff::find_value_sum({tree.storage_of(tensor), tensor});
        });
        progress.advance(model::dense_bytes(tensor));
      });
    });
  }

  void write_rules(const MatchReport& report) const {
    const std::string text = match::rule_file_text(report.alignment, report.rules, report.a.tensors,
                                                   report.b.tensors, open_, report.given);
    write_text_file(*rules_, text, overwrite_);
  }

  void print(const MatchReport& report, cli::Console& console) const {
    if (print_.is_json) {
      print_match_json(report, console);
      return;
    }
    if (console.verbosity() != cli::Verbosity::quiet && !rules_) print_match_table(report, console);
    say_match_counts(report, console);
    if (open_ == match::OpenPairs::as_comments && report.open_count() > 0)
      console.say(
          "hint: settle what is open with --hint 'PART=>PART', or take it with --accept-open");
  }

  std::filesystem::path a_, b_;
  std::optional<std::filesystem::path> rules_;
  Overwrite overwrite_ = Overwrite::no;
  match::OpenPairs open_ = match::OpenPairs::as_comments;
  std::vector<match::AlignHint> hints_;
  std::optional<std::filesystem::path> given_file_;
  ParameterOptions parameters_;
  bool is_by_value_ = false;
  std::optional<std::string> root_, root_a_, root_b_;
  cli::ThreadOptions threads_;
  cli::PrintOptions print_;
};

}  // namespace

std::unique_ptr<cli::Command> make_match() { return std::make_unique<Match>(); }

}  // namespace ckpt::commands
