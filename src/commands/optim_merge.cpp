// ckpt optim merge: several checkpoints made one, optimizers included.
//
//   optim merge enc.=a.pt dec.=b.pt       two models become parts of one
//   optim merge a.pt b.pt --replace enc   a part of a is taken from b
//   optim merge --average a.pt b.pt       two runs of one model are averaged
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/model/edit.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/merge.hpp"
#include "cli/common_options.hpp"
#include "commands/optim.hpp"
#include "commands/optim_options.hpp"
#include "commands/saving.hpp"
#include "commands/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

constexpr std::array examples_of_optim_merge{
    cli::Example{"ckpt optim merge a.=testdata/torch-2.13/training.pt "
                 "b.=testdata/torch-2.13/training.pt -o both.pt",
                 "two models as parts of one, with their optimizers"},
    cli::Example{"ckpt optim merge --average testdata/torch-2.13/training.pt "
                 "testdata/torch-2.13/training.pt -o mean.pt",
                 "the mean of two runs"},
};

enum class StateChoice { automatic, first, drop, keep, fresh };
enum class HyperChoice { same, first, second };

struct PrefixedFile {
  std::string prefix;
  std::filesystem::path path;
};

PrefixedFile parse_prefixed(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos)
    throw Error(ErrorKind::usage, concat("expected PREFIX=FILE, got ", quote(word)),
                "--replace and --average take plain files");
  return {word.substr(0, equals), word.substr(equals + 1)};
}

void refuse_no_state_dict(const Checkpoint& checkpoint) {
  if (!checkpoint.tree().is(checkpoint.root.node, Kind::dict))
    throw Error(ErrorKind::conflict, concat(checkpoint.path.string(), ": holds no state dict"));
}

/// Appends the entries of `more`, in the same tree, to those of `dict`, `_metadata` too.
void append_entries(Tree& tree, NodeId dict, NodeId more) {
  std::vector<Entry> entries(tree.entries(dict).begin(), tree.entries(dict).end());
  for (const Entry& entry : tree.entries(more)) {
    const bool is_known =
        tree.is(entry.key, Kind::text) && tree.find(dict, tree.text(entry.key)) != model::no_node;
    if (is_known)
      throw Error(ErrorKind::conflict, concat(quote(tree.text(entry.key)), " is in both files"),
                  "prefixes keep names apart");
    entries.push_back(entry);
  }
  tree.set_entries(dict, entries);
  const NodeId metadata = tree.find(tree.attributes(dict), "_metadata");
  const NodeId more_metadata = tree.find(tree.attributes(more), "_metadata");
  if (metadata == model::no_node || more_metadata == model::no_node) return;
  std::vector<Entry> modules(tree.entries(metadata).begin(), tree.entries(metadata).end());
  modules.insert(modules.end(), tree.entries(more_metadata).begin(),
                 tree.entries(more_metadata).end());
  tree.set_entries(metadata, modules);
}

class OptimMerge : public cli::Command {
 public:
  std::string_view name() const override { return "merge"; }
  std::string_view summary() const override { return "join, replace or average, with state"; }
  std::span<const cli::Example> examples() const override { return examples_of_optim_merge; }

  void declare(cli::Options& options) override {
    options.positionals("FILE", files_, cli::Count::one_or_more,
                        "PREFIX=FILE to join; FILE DONOR with --replace; FILE... with --average");
    options.value("--replace", replace_, "take these keys of FILE from DONOR", "PATTERN");
    options.flag("--average", is_average_, "the mean of all files");
    options.value("--weight", weights_, "of a file in the average, in their order", "W");
    options.choice("--groups", groups_,
                   {{"one", optim::GroupJoin::one}, {"per-source", optim::GroupJoin::per_source}},
                   "groups of joined optimizers (default: joined where equal)");
    options.choice("--hyper", hyper_,
                   {{"first", HyperChoice::first}, {"second", HyperChoice::second}},
                   "whose hyperparameters count where they differ");
    options.choice("--state", state_,
                   {{"first", StateChoice::first},
                    {"drop", StateChoice::drop},
                    {"keep", StateChoice::keep},
                    {"fresh", StateChoice::fresh}},
                   "--average: entries without a mean; --replace: state of what is not replaced");
    cli::declare_output(options, output_);
    declare_naming(options, naming_);
    options.excludes("--replace", "--average");
    options.needs("--weight", "--average");
    options.check([this] { check(); });
  }

  cli::ExitCode run(cli::Console& console) override {
    if (is_average_) return average(console);
    return replace_.empty() ? join(console) : replace(console);
  }

 private:
  void check() const {
    const std::size_t count = files_.size();
    if (count < 2 || (!replace_.empty() && count != 2))
      throw Error(ErrorKind::usage, concat("expected two files", replace_.empty() ? " or more" : "",
                                           ", got ", count));
    if (weights_.empty()) return;
    double sum = 0;
    for (const double weight : weights_) sum += weight;
    if (weights_.size() != count || std::abs(sum - 1) > 1e-9)
      throw Error(ErrorKind::usage, concat("--weight: expected ", count, " weights of sum 1, got ",
                                           weights_.size(), " of sum ", real_text(sum)));
  }

  void say_remarks(const optim::MergeReport& report, cli::Console& console) const {
    for (const std::string& remark : report.remarks) console.say(remark);
  }

  cli::ExitCode join(cli::Console& console) {
    std::vector<PrefixedFile> sources;
    for (const std::string& word : files_) sources.push_back(parse_prefixed(word));
    Checkpoint checkpoint = open_checkpoint(sources[0].path, std::nullopt);
    refuse_no_state_dict(checkpoint);
    add_prefix(checkpoint.tree(), checkpoint.root.node, sources[0].prefix);
    std::vector<formats::Document> kept_open;  // their storages are still to be read
    std::size_t states = 0;
    for (std::size_t i = 1; i < sources.size(); ++i) {
      Checkpoint donor = open_checkpoint(sources[i].path, std::nullopt);
      refuse_no_state_dict(donor);
      within(sources[i].path.string(), [&] {
        const optim::MergeReport report = optim::join_optimizers(
            checkpoint.tree(), donor.tree(), i == 1 ? sources[0].prefix : "", sources[i].prefix,
            {.groups = groups_.value_or(optim::GroupJoin::automatic),
             .hyperparameters_of = hyper_source()});
        states += report.taken;
        say_remarks(report, console);
        const NodeId more = model::Graft(checkpoint.tree(), donor.tree()).copy(donor.root.node);
        add_prefix(checkpoint.tree(), more, sources[i].prefix);
        append_entries(checkpoint.tree(), checkpoint.root.node, more);
        say_left_out(donor, console);
      });
      kept_open.push_back(std::move(donor.document));
    }
    finish_edit(checkpoint, output_,
                {Change::some, concat(counted(sources.size(), "model"), " joined, ",
                                      counted(states, "state"), " added")},
                console);
    return cli::ExitCode::done;
  }

  std::optional<std::size_t> hyper_source() const {
    if (hyper_ == HyperChoice::same) return std::nullopt;
    return hyper_ == HyperChoice::first ? 0 : 1;
  }

  static void add_prefix(Tree& tree, NodeId dict, const std::string& prefix) {
    model::rename_keys(tree, dict, [&](std::string_view key) { return concat(prefix, key); });
  }

  /// Counters, schedulers and the rest are the first file's.
  static void say_left_out(const Checkpoint& donor, cli::Console& console) {
    const Tree& tree = donor.tree();
    if (donor.root.node == tree.root() || !tree.is(tree.root(), Kind::dict)) return;
    std::vector<std::string> keys;
    for (const Entry& entry : tree.entries(tree.root()))
      if (entry.value != donor.root.node && !model::is_optimizer(tree, entry.value))
        keys.push_back(model::key_text(tree, entry.key));
    if (!keys.empty()) console.say(concat(donor.path.string(), ": left out: ", join_texts(keys)));
  }

  static std::string join_texts(const std::vector<std::string>& texts) {
    return ckpt::join(texts, ", ");
  }

  cli::ExitCode replace(cli::Console& console) {
    Checkpoint checkpoint = open_checkpoint(files_[0], std::nullopt);
    const Checkpoint donor = open_checkpoint(files_[1], std::nullopt);
    refuse_no_state_dict(checkpoint);
    refuse_no_state_dict(donor);
    match::PatternSet patterns(replace_);
    const std::vector<optim::Transfer> transfers = chosen(checkpoint, donor, patterns);
    refuse_unused(patterns, checkpoint, "--replace");
    const optim::MergeReport report = within(files_[0], [&] {
      return optim::transplant_states(
          checkpoint.tree(), checkpoint.root, donor.tree(), donor.root, transfers,
          {.unmapped = unmapped(),
           .target = identify_options(naming_),
           .donor = {},
           .trust = naming_.is_strict ? optim::Trust::proved : optim::Trust::assumed});
    });
    say_remarks(report, console);
    take_values(checkpoint, donor, transfers);
    finish_edit(checkpoint, output_,
                {Change::some,
                 concat(counted(transfers.size(), "tensor"), " replaced, ",
                        counted(report.taken, "state"), " with them, ", report.fresh, " fresh")},
                console);
    return cli::ExitCode::done;
  }

  optim::Unmapped unmapped() const {
    if (state_ == StateChoice::keep) return optim::Unmapped::keep;
    return state_ == StateChoice::fresh ? optim::Unmapped::fresh : optim::Unmapped::automatic;
  }

  static std::vector<optim::Transfer> chosen(const Checkpoint& checkpoint, const Checkpoint& donor,
                                             match::PatternSet& patterns) {
    std::vector<optim::Transfer> transfers;
    const Tree& tree = checkpoint.tree();
    for (const Entry& entry : tree.entries(checkpoint.root.node)) {
      if (!tree.is(entry.key, Kind::text)) continue;
      const std::string key(tree.text(entry.key));
      if (!patterns.matches({key, key})) continue;
      if (donor.tree().find(donor.root.node, key) == model::no_node)
        throw Error(ErrorKind::conflict, concat(donor.path.string(), ": has no key ", quote(key)));
      transfers.push_back({key, key});
    }
    for (const Entry& entry : donor.tree().entries(donor.root.node)) {
      if (!donor.tree().is(entry.key, Kind::text)) continue;
      const std::string key(donor.tree().text(entry.key));
      if (patterns.matches({key, key}) && tree.find(checkpoint.root.node, key) == model::no_node)
        throw Error(ErrorKind::conflict, concat(checkpoint.path.string(), ": has no key ",
                                                quote(key), " to be replaced"));
    }
    return transfers;
  }

  static void take_values(Checkpoint& checkpoint, const Checkpoint& donor,
                          const std::vector<optim::Transfer>& transfers) {
    std::unordered_set<std::string> taken;
    for (const optim::Transfer& transfer : transfers) taken.insert(transfer.to);
    Tree& tree = checkpoint.tree();
    model::Graft graft(tree, donor.tree());
    std::vector<Entry> entries(tree.entries(checkpoint.root.node).begin(),
                               tree.entries(checkpoint.root.node).end());
    for (Entry& entry : entries) {
      if (!tree.is(entry.key, Kind::text)) continue;
      const std::string key(tree.text(entry.key));
      if (taken.contains(key)) entry.value = graft.copy(donor.tree().find(donor.root.node, key));
    }
    tree.set_entries(checkpoint.root.node, entries);
  }

  cli::ExitCode average(cli::Console& console) {
    std::vector<Checkpoint> checkpoints;
    for (const std::string& file : files_) {
      checkpoints.push_back(open_checkpoint(file, std::nullopt));
      refuse_no_state_dict(checkpoints.back());
    }
    std::vector<const Tree*> others;
    std::vector<model::Root> roots;
    for (std::size_t i = 1; i < checkpoints.size(); ++i) {
      others.push_back(&checkpoints[i].tree());
      roots.push_back(checkpoints[i].root);
    }
    Checkpoint& target = checkpoints.front();
    const optim::MergeReport report =
        optim::average_into(target.tree(), target.root, others, roots,
                            {.weights = weights_,
                             .unaveraged = unaveraged(),
                             .takes_first_hyperparameters = hyper_ == HyperChoice::first});
    say_remarks(report, console);
    finish_edit(target, output_,
                {Change::some, concat(counted(files_.size(), "file"), " averaged, ",
                                      counted(report.taken, "state"))},
                console);
    return cli::ExitCode::done;
  }

  optim::Unaveraged unaveraged() const {
    if (state_ == StateChoice::first) return optim::Unaveraged::first;
    return state_ == StateChoice::drop ? optim::Unaveraged::drop : optim::Unaveraged::refuse;
  }

  std::vector<std::string> files_;
  std::vector<std::string> replace_;
  std::vector<double> weights_;
  bool is_average_ = false;
  std::optional<optim::GroupJoin> groups_;
  HyperChoice hyper_ = HyperChoice::same;
  StateChoice state_ = StateChoice::automatic;
  cli::OutputOptions output_;
  NamingOptions naming_;
};

}  // namespace

std::unique_ptr<cli::Command> make_optim_merge() { return std::make_unique<OptimMerge>(); }

}  // namespace ckpt::commands
