// Inputs by name: PREFIX=FILE. A number in braces, in both or in FILE alone, counts up from 0 (from
// 1 where there is no file 0) while there are files:
//
//   rank{r}/=consolidated.{r:02}.pth   ->  rank0/ consolidated.00.pth, rank1/ consolidated.01.pth
#pragma once

#include <string_view>
#include <vector>

#include "commands/remap/inputs.hpp"

namespace ckpt::commands {

/// Throws Error{usage}: no =, a number in the prefix alone, or no file.
std::vector<Input> parse_named_input(std::string_view text);

}  // namespace ckpt::commands
