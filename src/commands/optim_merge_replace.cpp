// a.pt b.pt --replace enc: a part of a is taken from b, weights and states.
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/flatten.hpp"
#include "commands/optim_merge.hpp"
#include "commands/saving.hpp"
#include "commands/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

optim::Unmapped unmapped(StateChoice state) {
  if (state == StateChoice::keep) return optim::Unmapped::keep;
  return state == StateChoice::fresh ? optim::Unmapped::fresh : optim::Unmapped::automatic;
}

std::vector<optim::Transfer> chosen(const Checkpoint& checkpoint, const Checkpoint& donor,
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
      throw Error(ErrorKind::conflict,
                  concat(checkpoint.path.string(), ": has no key ", quote(key), " to be replaced"));
  }
  return transfers;
}

void take_values(Checkpoint& checkpoint, const Checkpoint& donor,
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

}  // namespace

cli::ExitCode replace_part(const MergeOptions& merge, cli::Console& console) {
  Checkpoint checkpoint = open_checkpoint(merge.files[0], std::nullopt);
  Checkpoint donor = open_checkpoint(merge.files[1], std::nullopt);
  refuse_no_state_dict(checkpoint);
  refuse_no_state_dict(donor);
  const std::vector<NodeId> flattened = optim::unflatten_optimizers(checkpoint.tree());
  optim::unflatten_optimizers(donor.tree());
  match::PatternSet patterns(merge.replace);
  const std::vector<optim::Transfer> transfers = chosen(checkpoint, donor, patterns);
  refuse_unused(patterns, checkpoint, "--replace");
  const optim::MergeReport report = within(merge.files[0], [&] {
    return optim::transplant_states(
        checkpoint.tree(), checkpoint.root, donor.tree(), donor.root, transfers,
        {.unmapped = unmapped(merge.state),
         .target = identify_options(merge.naming),
         .donor = {},
         .trust = merge.naming.is_strict ? optim::Trust::proved : optim::Trust::assumed});
  });
  say_remarks(report, console);
  take_values(checkpoint, donor, transfers);
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
