// Several checkpoints as one: shards of a model.
//
//   keys apart     model-00001-of-00002.bin ...        all keys in one state dict
//   tensor shards  consolidated.00.pth ...             the keys of file r as rank{r}/KEY
#pragma once

#include <filesystem>
#include <vector>

#include "ckpt/match/rules.hpp"
#include "commands/checkpoint.hpp"

namespace ckpt::commands {

enum class ShardKeys : std::uint8_t { as_they_are, by_rank };

/// by_rank when the rules speak of rank{r}/ or rank0/ on their left sides.
ShardKeys shard_keys_of(const match::RuleSet& rules);

/// Puts the tensors of the other files into the state dict of the first. Throws Error{conflict}
/// when two files have one key, Error{unsupported} when an optimizer is among them.
void join_inputs(Checkpoint& first, const std::vector<Checkpoint>& others, ShardKeys keys);

}  // namespace ckpt::commands
