// Several checkpoints as one: shards of a model, or models side by side.
//
//   keys apart     model-00001-of-00002.bin ...            all keys in one state dict
//   tensor shards  consolidated.00.pth ...                 the keys of file r as rank{r}/KEY
//   named          --in lora/=adapter.pt                   its keys as lora/KEY
//                  --in rank{r}/=consolidated.{r:02}.pth   one for each r of which there is a file
#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "ckpt/match/rules.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

struct Input {
  std::filesystem::path path;
  std::string prefix = {};  ///< what its keys begin with
};

/// `files`, then the values of --in, PREFIX=FILE. Where the rules speak of rank{r}/ or rank0/ on
/// their left sides, several files are the ranks. Throws Error{usage} for a value that cannot be
/// read, and for a counted one of which there is no file.
std::vector<Input> list_inputs(const std::vector<std::filesystem::path>& files,
                               const std::vector<std::string>& named, const match::RuleSet& rules);

/// Puts the tensors of all inputs into the state dict of the first, and returns the names of those
/// of the others: they have no history, where the first file has an optimizer. `others` are the
/// inputs behind it, in order. Throws Error{conflict} when two have one key, Error{unsupported} for
/// an optimizer in another file or among shards of tensors.
std::unordered_set<std::string> join_inputs(const std::vector<Input>& inputs, Checkpoint& first,
                                            const std::vector<Checkpoint>& others);

}  // namespace ckpt::commands
