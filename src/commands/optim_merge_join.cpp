// enc.=a.pt dec.=b.pt: models become parts of one, their optimizers one optimizer.
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/edit.hpp"
#include "ckpt/model/graft.hpp"
#include "commands/optim_merge.hpp"
#include "commands/saving.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

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

void add_prefix(Tree& tree, NodeId dict, const std::string& prefix) {
  model::rename_keys(tree, dict, [&](std::string_view key) { return concat(prefix, key); });
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

}  // namespace

cli::ExitCode join_models(const MergeOptions& merge, cli::Console& console) {
  std::vector<PrefixedFile> sources;
  for (const std::string& word : merge.files) sources.push_back(parse_prefixed(word));
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
          {.groups = merge.groups.value_or(optim::GroupJoin::automatic),
           .hyperparameters_of = merge.hyper.source,
           .settled_keys = merge.hyper.keys()});
      states += report.taken;
      say_remarks(report, console);
      const NodeId more = model::Graft(checkpoint.tree(), donor.tree()).copy(donor.root.node);
      add_prefix(checkpoint.tree(), more, sources[i].prefix);
      append_entries(checkpoint.tree(), checkpoint.root.node, more);
      say_left_out(donor, console);
    });
    kept_open.push_back(std::move(donor.document));
  }
  assign_hyperparameters(checkpoint.tree(), merge.hyper);
  finish_edit(checkpoint, merge.output,
              {Change::some, concat(counted(sources.size(), "model"), " joined, ",
                                    counted(states, "state"), " added")},
              console);
  return cli::ExitCode::done;
}

}  // namespace ckpt::commands
