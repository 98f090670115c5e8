// enc.=a.pt dec.=b.pt: models become parts of one model, their optimizers become one optimizer.
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/edit.hpp"
#include "ckpt/model/entry_index.hpp"
#include "ckpt/model/graft.hpp"
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

/// Appends the entries of `more`, in the same tree, to those of `dict`, and likewise `_metadata`.
void append_entries(Tree& tree, NodeId dict, NodeId more) {
  std::vector<Entry> entries(tree.entries(dict).begin(), tree.entries(dict).end());
  const model::EntryIndex index(tree, dict);
  for (const Entry& entry : tree.entries(more)) {
    const bool is_known =
        tree.is(entry.key, Kind::text) && index.find(tree.text(entry.key)) != model::no_node;
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

void add_prefix(Tree& tree, NodeId dict, const std::string& prefix) {
  model::rename_keys(tree, dict, [&](std::string_view key) { return concat(prefix, key); });
}

/// Counters, schedulers and other values are taken from the first file.
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

void join_roots(std::vector<Source>& sources, cli::Console& console) {
  Checkpoint& target = sources.front().checkpoint;
  add_prefix(target.tree(), target.root.node, sources.front().prefix);
  for (std::size_t i = 1; i < sources.size(); ++i)
    within(sources[i].checkpoint.path.string(), [&] {
      Checkpoint& donor = sources[i].checkpoint;
      detach_modules(donor);
      const NodeId more = model::Graft(target.tree(), donor.tree()).copy(donor.root.node);
      add_prefix(target.tree(), more, sources[i].prefix);
      append_entries(target.tree(), target.root.node, more);
      say_left_out(donor, console);
    });
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
