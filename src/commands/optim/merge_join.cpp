// enc.=a.pt dec.=b.pt: models become parts of one model, their optimizers become one optimizer.
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/join.hpp"
#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/flatten.hpp"
#include "ckpt/optim/join_like.hpp"
#include "commands/optim/merge.hpp"
#include "commands/shared/prefixes.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

struct Source {
  std::string prefix;
  Checkpoint checkpoint;
};

enum class Place : std::uint8_t { first, other };

Source open_source(const std::string& word, Place place) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos)
    throw Error(ErrorKind::usage, concat("expected PREFIX=FILE, got ", quote(word)),
                "--replace and --average take plain files");
  refuse_unseparated(word.substr(0, equals), word);
  std::filesystem::path file;
  within(word, [&] { cli::read_value(word.substr(equals + 1), file); });
  return {word.substr(0, equals), place == Place::first ? open_target(file) : open_other(file)};
}

/// Counters, schedulers and the rest are the first file's.
void say_left_out(const Checkpoint& donor, cli::Console& console) {
  const Tree& tree = donor.tree();
  if (donor.root.node == tree.root() || !tree.is(tree.root(), Kind::dict)) return;
  std::vector<std::string> keys;
  for (const Entry& entry : tree.entries(tree.root()))
    if (entry.value != donor.root.node && !model::is_optimizer(tree, entry.value))
      keys.push_back(model::key_text(tree, entry.key));
  if (!keys.empty())
    console.say(concat(donor.path.string(), ": left out: ", ckpt::join(keys, ", ")));
}

/// Reports averages and master weights that belong to the first model only.
void say_not_joined(const Tree& tree, cli::Console& console) {
  for (const optim::Baggage& baggage : optim::find_baggage(tree))
    if (baggage.kind != optim::BaggageKind::scheduler &&
        baggage.kind != optim::BaggageKind::grad_scaler)
      console.say(concat(quote(baggage.path), ": left as it is in the first file: ",
                         optim::baggage_text(baggage.kind), ", not joined"));
}

optim::JoinPart part_of(const Checkpoint& checkpoint, const std::string& prefix) {
  return {checkpoint.tree(), checkpoint.root, prefix, checkpoint.path.string()};
}

std::size_t join_like(std::vector<Source>& sources, const MergeOptions& merge,
                      cli::Console& console) {
  Checkpoint reference = open_checkpoint(*merge.groups_like, std::nullopt);
  optim::unflatten_optimizers(reference.tree());
  std::vector<optim::JoinPart> parts;
  for (const Source& source : sources) parts.push_back(part_of(source.checkpoint, source.prefix));
  const optim::MergeReport report = optim::join_optimizers_like(
      sources.front().checkpoint.tree(), parts, part_of(reference, ""),
      merge.naming.is_strict ? optim::Trust::proved : optim::Trust::assumed);
  say_remarks(report, console);
  return report.taken;
}

std::size_t join_in_turn(std::vector<Source>& sources, const MergeOptions& merge,
                         cli::Console& console) {
  std::size_t states = 0;
  for (std::size_t i = 1; i < sources.size(); ++i)
    within(sources[i].checkpoint.path.string(), [&] {
      const optim::MergeReport report =
          optim::join_optimizers(sources[0].checkpoint.tree(), sources[i].checkpoint.tree(),
                                 i == 1 ? sources[0].prefix : "", sources[i].prefix,
                                 {.groups = merge.groups,
                                  .hyperparameters_of = merge.hyper.source,
                                  .settled_keys = merge.hyper.keys()});
      states += report.taken;
      say_remarks(report, console);
    });
  return states;
}

edit::JoinedFile joined_file(const Source& source) {
  return {.tree = source.checkpoint.tree(),
          .root = source.checkpoint.root,
          .prefix = source.prefix,
          .path = source.checkpoint.path.string()};
}

void join_roots(std::vector<Source>& sources, cli::Console& console) {
  std::vector<edit::JoinedFile> others;
  for (std::size_t i = 1; i < sources.size(); ++i) {
    detach_modules(sources[i].checkpoint);
    others.push_back(joined_file(sources[i]));
  }
  edit::join_roots(sources.front().checkpoint.tree(), joined_file(sources.front()), others);
  for (std::size_t i = 1; i < sources.size(); ++i) say_left_out(sources[i].checkpoint, console);
}

}  // namespace

cli::ExitCode join_models(const MergeOptions& merge, cli::Console& console) {
  std::vector<Source> sources;
  for (const std::string& word : merge.files)
    sources.push_back(open_source(word, sources.empty() ? Place::first : Place::other));
  Checkpoint& target = sources.front().checkpoint;
  const std::vector<NodeId> flattened = optim::unflatten_optimizers(target.tree());
  for (std::size_t i = 1; i < sources.size(); ++i)
    optim::unflatten_optimizers(sources[i].checkpoint.tree());
  const std::size_t states = merge.groups_like ? join_like(sources, merge, console)
                                               : join_in_turn(sources, merge, console);
  join_roots(sources, console);
  say_not_joined(target.tree(), console);
  assign_hyperparameters(target.tree(), merge.hyper);
  for (const NodeId optimizer : flattened) optim::flatten_optimizer(target.tree(), optimizer);
  finish_edit(target, merge.output,
              {Change::some, concat(counted(sources.size(), "model"), " joined, ",
                                    counted(states, "state"), " added")},
              console);
  return cli::ExitCode::done;
}

}  // namespace ckpt::commands
