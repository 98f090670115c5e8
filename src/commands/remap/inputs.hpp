// Reads several checkpoints as one: shards of a model, or models side by side.
//
//   keys apart     model-00001-of-00002.bin ...            all keys in one state dict
//   tensor shards  consolidated.00.pth ...                 the keys of file r as rank{r}/KEY
//   named          --in lora/=adapter.pt                   its keys as lora/KEY
//                  --in rank{r}/=consolidated.{r:02}.pth   one input for each existing file r
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ckpt/edit/rule_edit.hpp"
#include "ckpt/match/rules.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

struct Input {
  std::filesystem::path path;
  std::string prefix = {};  ///< put in front of its keys
};

/// `files`, then the values of --in, PREFIX=FILE. When rules mention rank{r}/ or rank0/ on their
/// left sides, several files are ranks. Throws Error{usage} for a malformed value, and for a
/// counted one without any file.
std::vector<Input> list_inputs(const std::vector<std::filesystem::path>& files,
                               const std::vector<std::string>& named, const match::RuleSet& rules);

/// The keys of all inputs: of the first, and of the `others` behind it, in order. Throws as
/// edit::join_keys() does.
edit::RuleKeys join_inputs(const std::vector<Input>& inputs, Checkpoint& first,
                           const std::vector<Checkpoint>& others);

}  // namespace ckpt::commands
