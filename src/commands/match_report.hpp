// What `ckpt match` found, before it is printed.
#pragma once

#include <string>
#include <vector>

#include "ckpt/match/align_rules.hpp"
#include "commands/checkpoint.hpp"

namespace ckpt::commands {

/// The tensors that a root holds by name, in the order of the file.
struct MatchedSide {
  Checkpoint checkpoint;
  std::vector<match::AlignTensor> tensors;
  std::vector<model::NodeId> nodes;  ///< of each tensor
};

MatchedSide open_matched_side(const std::filesystem::path& path,
                              const std::optional<std::string>& root);

struct MatchReport {
  MatchedSide a;
  MatchedSide b;
  match::Alignment alignment = {};
  std::vector<match::AlignRule> rules = {};
};

}  // namespace ckpt::commands
