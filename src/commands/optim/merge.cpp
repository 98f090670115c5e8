// ckpt optim merge: makes one checkpoint of several, with their optimizers.
//
//   optim merge enc.=a.pt dec.=b.pt       two models become parts of one
//   optim merge a.pt b.pt --replace enc   a part of a is taken from b
//   optim merge --average a.pt b.pt       two runs of one model are averaged
#include "commands/optim/merge.hpp"

#include <array>
#include <cmath>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "commands/commands.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_optim_merge{
    cli::Example{"ckpt optim merge a.=testdata/torch-2.13/training.pt "
                 "b.=testdata/torch-2.13/training.pt -o both.pt",
                 "two models as parts of one, with their optimizers"},
    cli::Example{"ckpt optim merge --average testdata/torch-2.13/training.pt "
                 "testdata/torch-2.13/training.pt -o mean.pt",
                 "the mean of two runs"},
};

constexpr std::string_view like_prefix = "like:";

/// "first", "second" or KEY=VALUE; may be repeated.
HyperChoice parse_hyper(const std::vector<std::string>& words) {
  HyperChoice hyper;
  for (const std::string& word : words) {
    if (word == "first" || word == "second")
      hyper.source = word == "first" ? 0 : 1;
    else if (word.find('=') != std::string::npos)
      hyper.assignments.push_back(edit::parse_assignment(word));
    else
      throw Error(ErrorKind::usage,
                  concat("--hyper: expected first, second or KEY=VALUE, got ", quote(word)));
  }
  return hyper;
}

class OptimMerge : public cli::Command {
 public:
  std::string_view name() const override { return "merge"; }
  std::string_view summary() const override { return "join, replace or average, with state"; }
  std::span<const cli::Example> examples() const override { return examples_of_optim_merge; }

  void declare(cli::Options& options) override {
    options.positionals("FILE", merge_.files, cli::Count::one_or_more,
                        "PREFIX=FILE to join; FILE OTHER with --replace; FILE... with --average");
    options.value("--replace", merge_.replace, "take these keys of FILE from OTHER", "PATTERN");
    options.flag("--average", merge_.is_average, "the mean of all files");
    options.value("--weight", merge_.weights, "of a file in the average, in their order", "W");
    options.value("--groups", groups_,
                  "of joined optimizers: one, per-source, or like:REF, those of the optimizer in "
                  "REF (default: joined where equal)",
                  "WORD");
    options.value("--hyper", hyper_,
                  "hyperparameters where they differ: first or second file's, or KEY=VALUE",
                  "WORD");
    options.choice("--state", merge_.state,
                   {{"first", StateChoice::first},
                    {"drop", StateChoice::drop},
                    {"keep", StateChoice::keep},
                    {"fresh", StateChoice::fresh}},
                   "--average: entries without a mean are the first file's, or dropped (default: "
                   "refused); --replace: states of what is not replaced stay (default), or start "
                   "afresh, where FILE was saved after a step for its shapes");
    options.reads([this](std::vector<std::filesystem::path>& files) { list_inputs(files); });
    declare_saving(options, merge_.output);
    declare_naming(options, merge_.naming, ShortNames::both,
                   "which id of FILE is which parameter, with --replace");
    options.excludes("--replace", "--average");
    options.needs("--weight", "--average");
    options.check([this] { check(); });
  }

  cli::ExitCode run(cli::Console& console) override {
    merge_.hyper = parse_hyper(hyper_);
    if (merge_.is_average && merge_.hyper.source == 1)
      throw Error(ErrorKind::usage, "--hyper second: an average has the first file's or KEY=VALUE");
    if (merge_.groups_like && merge_.hyper.source)
      throw Error(ErrorKind::usage,
                  "--hyper: with --groups like:REF they are the reference's, or KEY=VALUE");
    if (merge_.is_average) return average_runs(merge_, console);
    return merge_.replace.empty() ? join_models(merge_, console) : replace_part(merge_, console);
  }

 private:
  /// Each word is FILE or PREFIX=FILE.
  void list_inputs(std::vector<std::filesystem::path>& files) const {
    for (const std::string& word : merge_.files) {
      files.emplace_back(word);
      files.emplace_back(word.substr(word.find('=') + 1));
    }
    if (merge_.groups_like) files.push_back(*merge_.groups_like);
  }

  void check() {
    if (groups_) read_groups(*groups_);
    refuse_unused_options();
    const std::size_t count = merge_.files.size();
    if (count < 2 || (!merge_.replace.empty() && count != 2))
      throw Error(
          ErrorKind::usage,
          concat("expected two files", merge_.replace.empty() ? " or more" : "", ", got ", count));
    if (merge_.weights.empty()) return;
    double sum = 0;
    for (const double weight : merge_.weights) sum += weight;
    if (merge_.weights.size() != count || std::abs(sum - 1) > 1e-9)
      throw Error(ErrorKind::usage, concat("--weight: expected ", count, " weights of sum 1, got ",
                                           merge_.weights.size(), " of sum ", real_text(sum)));
  }

  void read_groups(const std::string& word) {
    if (word == "one")
      merge_.groups = optim::GroupJoin::one;
    else if (word == "per-source")
      merge_.groups = optim::GroupJoin::per_source;
    else if (word.starts_with(like_prefix) && word.size() > like_prefix.size())
      merge_.groups_like = word.substr(like_prefix.size());
    else
      throw Error(ErrorKind::usage,
                  concat("--groups: expected one, per-source or like:REF, got ", quote(word)));
  }

  /// Refuses options that belong to another form of merging.
  void refuse_unused_options() const {
    const bool is_join = !merge_.is_average && merge_.replace.empty();
    if (groups_ && !is_join)
      throw Error(ErrorKind::usage, "--groups: is about joined models, PREFIX=FILE PREFIX=FILE");
    refuse_unused_state(is_join);
    if (!merge_.replace.empty() || merge_.naming.says_nothing()) return;
    throw Error(ErrorKind::usage,
                "which id is which parameter is asked of one file: only with --replace, of FILE",
                "optim names writes names into a file, for joining by --groups like:REF");
  }

  void refuse_unused_state(bool is_join) const {
    const StateChoice state = merge_.state;
    if (state == StateChoice::automatic) return;
    const bool is_of_average = state == StateChoice::first || state == StateChoice::drop;
    if (is_join) throw Error(ErrorKind::usage, "--state: is about --average and --replace");
    if (is_of_average != merge_.is_average)
      throw Error(ErrorKind::usage, merge_.is_average
                                        ? "--state: with --average it is first or drop"
                                        : "--state: with --replace it is keep or fresh");
  }

  MergeOptions merge_;
  std::optional<std::string> groups_;
  std::vector<std::string> hyper_;
};

}  // namespace

std::vector<std::string> HyperChoice::keys() const {
  std::vector<std::string> keys;
  for (const edit::Assignment& assignment : assignments) keys.push_back(assignment.path);
  return keys;
}

Checkpoint open_target(const std::filesystem::path& file) {
  Checkpoint checkpoint = open_checkpoint(file, std::nullopt);
  within(file.string(), [&] { require_names_to_edit(checkpoint); });
  return checkpoint;
}

Checkpoint open_other(const std::filesystem::path& file) {
  Checkpoint checkpoint = open_for_reading(file, std::nullopt);
  within(file.string(), [&] { require_names_to_edit(checkpoint); });
  return checkpoint;
}

void say_remarks(const optim::MergeReport& report, cli::Console& console) {
  for (const std::string& remark : report.remarks) console.say(remark);
}

void assign_hyperparameters(model::Tree& tree, const HyperChoice& hyper) {
  if (hyper.assignments.empty()) return;
  for (const optim::Optimizer& optimizer : optim::find_optimizers(tree)) {
    const std::string groups =
        concat(optimizer.path_text, optimizer.path_text.empty() ? "" : ":", "param_groups:*:");
    std::vector<edit::Assignment> assignments;
    for (const edit::Assignment& one : hyper.assignments)
      assignments.push_back({groups + one.path, one.value});
    edit::assign(tree, assignments);
  }
}

std::unique_ptr<cli::Command> make_optim_merge() { return std::make_unique<OptimMerge>(); }

}  // namespace ckpt::commands
