// Inputs by name: PREFIX=FILE. A number in braces, in both or in FILE only, counts from 0 (from 1
// when there is no file 0) as long as there are files:
//
//   rank{r}/=consolidated.{r:02}.pth   ->  rank0/ consolidated.00.pth, rank1/ consolidated.01.pth
#pragma once

#include <string_view>
#include <vector>

#include "commands/remap/inputs.hpp"

namespace ckpt::commands {

/// Throws Error{usage} when there is no =, when only the prefix has a number, and when no file
/// exists.
std::vector<Input> parse_named_input(std::string_view text);

}  // namespace ckpt::commands
