// --average a.pt b.pt: the mean of runs of one model, weights and states.
#include "ckpt/base/text.hpp"
#include "ckpt/optim/flatten.hpp"
#include "commands/optim/merge.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

using model::Tree;

optim::Unaveraged unaveraged(StateChoice state) {
  if (state == StateChoice::first) return optim::Unaveraged::first;
  return state == StateChoice::drop ? optim::Unaveraged::drop : optim::Unaveraged::refuse;
}

}  // namespace

cli::ExitCode average_runs(const MergeOptions& merge, cli::Console& console) {
  std::vector<Checkpoint> checkpoints;
  for (const std::string& file : merge.files)
    checkpoints.push_back(checkpoints.empty() ? open_target(file) : open_other(file));
  std::vector<const Tree*> others;
  std::vector<model::Root> roots;
  for (std::size_t i = 1; i < checkpoints.size(); ++i) {
    others.push_back(&checkpoints[i].tree());
    roots.push_back(checkpoints[i].root);
  }
  Checkpoint& target = checkpoints.front();
  const std::vector<model::NodeId> flattened = optim::unflatten_optimizers(target.tree());
  for (std::size_t i = 1; i < checkpoints.size(); ++i)
    optim::unflatten_optimizers(checkpoints[i].tree());
  const optim::MergeReport report =
      optim::average_into(target.tree(), target.root, others, roots,
                          {.weights = merge.weights,
                           .unaveraged = unaveraged(merge.state),
                           .takes_first_hyperparameters = merge.hyper.source == 0,
                           .settled_keys = merge.hyper.keys()});
  say_remarks(report, console);
  assign_hyperparameters(target.tree(), merge.hyper);
  for (const model::NodeId optimizer : flattened)
    optim::flatten_optimizer(target.tree(), optimizer);
  finish_edit(target, merge.output,
              {Change::some, concat(counted(merge.files.size(), "file"), " averaged, ",
                                    counted(report.taken, "state"))},
              console);
  return cli::ExitCode::done;
}

}  // namespace ckpt::commands
