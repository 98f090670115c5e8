// a.pt b.pt --replace enc: a part of a is taken from b, weights and states.
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/flatten.hpp"
#include "commands/optim/merge.hpp"
#include "commands/shared/saving.hpp"
#include "commands/shared/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

optim::Unmapped unmapped(StateChoice state) {
  return state == StateChoice::fresh ? optim::Unmapped::fresh : optim::Unmapped::keep;
}

constexpr std::string_view without_states = "optim drop leaves an optimizer out";

optim::TransplantSide side_of_file(const Checkpoint& checkpoint, const NamingOptions& naming) {
  return {.identify = identify_options(naming),
          .file = checkpoint.path.string(),
          .settling = {.otherwise = std::string(without_states)},
          .hint = concat("options about ids are about ", checkpoint.path.string())};
}

/// No option here is about the ids of the other file.
optim::TransplantSide side_of_other(const Checkpoint& other) {
  return {.file = other.path.string(),
          .settling = {.how = concat("decided by names in the file: ckpt optim names ",
                                     other.path.string(), " -o OUT and one of"),
                       .otherwise = std::string(without_states)}};
}

std::vector<optim::Transfer> chosen(const Checkpoint& checkpoint, const Checkpoint& other,
                                    match::PatternSet& patterns) {
  std::vector<optim::Transfer> transfers;
  const Tree& tree = checkpoint.tree();
  for (const Entry& entry : tree.entries(checkpoint.root.node)) {
    if (!tree.is(entry.key, Kind::text)) continue;
    const std::string key(tree.text(entry.key));
    if (!patterns.matches({key, key})) continue;
    if (other.tree().find(other.root.node, key) == model::no_node)
      throw Error(ErrorKind::conflict, concat(other.path.string(), ": has no key ", quote(key)));
    transfers.push_back({key, key});
  }
  for (const Entry& entry : other.tree().entries(other.root.node)) {
    if (!other.tree().is(entry.key, Kind::text)) continue;
    const std::string key(other.tree().text(entry.key));
    if (patterns.matches({key, key}) && tree.find(checkpoint.root.node, key) == model::no_node)
      throw Error(ErrorKind::conflict,
                  concat(checkpoint.path.string(), ": has no key ", quote(key), " to be replaced"));
  }
  return transfers;
}

void take_values(Checkpoint& checkpoint, const Checkpoint& other,
                 const std::vector<optim::Transfer>& transfers) {
  std::unordered_set<std::string> taken;
  for (const optim::Transfer& transfer : transfers) taken.insert(transfer.to);
  Tree& tree = checkpoint.tree();
  model::Graft graft(tree, other.tree());
  std::vector<Entry> entries(tree.entries(checkpoint.root.node).begin(),
                             tree.entries(checkpoint.root.node).end());
  for (Entry& entry : entries) {
    if (!tree.is(entry.key, Kind::text)) continue;
    const std::string key(tree.text(entry.key));
    if (taken.contains(key)) entry.value = graft.copy(other.tree().find(other.root.node, key));
  }
  tree.set_entries(checkpoint.root.node, entries);
}

}  // namespace

cli::ExitCode replace_part(const MergeOptions& merge, cli::Console& console) {
  Checkpoint checkpoint = open_target(merge.files[0]);
  Checkpoint other = open_other(merge.files[1]);
  const std::vector<NodeId> flattened = optim::unflatten_optimizers(checkpoint.tree());
  optim::unflatten_optimizers(other.tree());
  match::PatternSet patterns(merge.replace);
  const std::vector<optim::Transfer> transfers = chosen(checkpoint, other, patterns);
  refuse_unused(patterns, checkpoint, "--replace");
  const optim::MergeReport report = optim::transplant_states(
      checkpoint.tree(), checkpoint.root, other.tree(), other.root, transfers,
      {.unmapped = unmapped(merge.state),
       .target = side_of_file(checkpoint, merge.naming),
       .source = side_of_other(other),
       .trust = merge.naming.is_strict ? optim::Trust::proved : optim::Trust::assumed});
  say_remarks(report, console);
  detach_modules(other);
  take_values(checkpoint, other, transfers);
  assign_hyperparameters(checkpoint.tree(), merge.hyper);
  for (const NodeId optimizer : flattened) optim::flatten_optimizer(checkpoint.tree(), optimizer);
  finish_edit(checkpoint, merge.output,
              {Change::some,
               concat(counted(transfers.size(), "tensor"), " replaced, ",
                      counted(report.taken, "state"), " with them, ", report.fresh, " fresh")},
              console);
  return cli::ExitCode::done;
}

}  // namespace ckpt::commands
