// What the three forms of `ckpt optim merge` share.
#pragma once

#include <string>
#include <vector>

#include "ckpt/edit/assign.hpp"
#include "ckpt/optim/merge.hpp"
#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/optim_options.hpp"

namespace ckpt::commands {

enum class StateChoice { automatic, first, drop, keep, fresh };

/// Whose hyperparameters are used when they differ.
struct HyperChoice {
  std::optional<std::size_t> source = {};          ///< 0: the first file's, 1: the second's
  std::vector<edit::Assignment> assignments = {};  ///< KEY=VALUE, whatever the files say
  std::vector<std::string> keys() const;
};

/// The options that all forms of merging read.
struct MergeOptions {
  std::vector<std::string> files;
  std::vector<std::string> replace;
  std::vector<double> weights;
  bool is_average = false;
  optim::GroupJoin groups = optim::GroupJoin::automatic;
  std::optional<std::filesystem::path> groups_like;  ///< a reference file with the wanted groups
  HyperChoice hyper;
  StateChoice state = StateChoice::automatic;
  cli::OutputOptions output;
  NamingOptions naming;
};

/// enc.=a.pt dec.=b.pt: models become parts of one.
cli::ExitCode join_models(const MergeOptions& merge, cli::Console& console);
/// a.pt b.pt --replace enc: a part of a is taken from b.
cli::ExitCode replace_part(const MergeOptions& merge, cli::Console& console);
/// --average a.pt b.pt: runs of one model.
cli::ExitCode average_runs(const MergeOptions& merge, cli::Console& console);

/// open_target opens the first file, which becomes the output; open_other opens another one, which
/// is only read. Both throw Error{conflict} without a state dict, open_target for a pickled module
/// too.
Checkpoint open_target(const std::filesystem::path& file);
Checkpoint open_other(const std::filesystem::path& file);
void say_remarks(const optim::MergeReport& report, cli::Console& console);
/// Writes the given values into every group of every optimizer.
void assign_hyperparameters(model::Tree& tree, const HyperChoice& hyper);

}  // namespace ckpt::commands
