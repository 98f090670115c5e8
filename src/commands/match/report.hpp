// The result of `ckpt match`, before it is printed.
#pragma once

#include <string>
#include <vector>

#include "ckpt/match/align_rules.hpp"
#include "cli/console.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

/// The named tensors of a root, in file order.
struct MatchedSide {
  Checkpoint checkpoint;
  std::vector<match::AlignTensor> tensors = {};
  std::vector<model::NodeId> nodes = {};  ///< of each tensor
};

/// Throws Error{conflict} when the root holds no named tensor.
MatchedSide open_matched_side(const std::filesystem::path& path,
                              const std::optional<std::string>& root);

/// Both sides, their alignment, and the rules made from it.
struct MatchReport {
  MatchedSide a;
  MatchedSide b;
  match::RuleSet given = {};
  match::Alignment alignment = {};
  std::vector<match::AlignRule> rules = {};

  std::size_t open_count() const;
};

/// On stdout: a row for each family of pairs, then what only one side has.
void print_match_table(const MatchReport& report, cli::Console& console);
/// On stderr: how many pairs there are, and how many are open.
void say_match_counts(const MatchReport& report, cli::Console& console);
/// One object, schema ckpt.match/1.
void print_match_json(const MatchReport& report, cli::Console& console);

}  // namespace ckpt::commands
