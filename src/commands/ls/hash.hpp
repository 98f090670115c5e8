// `ckpt ls --hash`: a line a tensor that stands for all of it, for `git diff` by textconv:
//
//   fc.weight  f32 3x4  93ab0c...
//
// No line depends on another one, as the columns of a table do: only what changed differs.
#pragma once

#include "cli/console.hpp"
#include "commands/shared/listing.hpp"

namespace ckpt::commands {

/// Fills `listing.hashes`. Throws as diff::hash_tensors.
void hash_listing(Listing& listing, unsigned thread_count, cli::Console& console);

void print_listing_hashes(const Listing& listing, cli::Console& console);

}  // namespace ckpt::commands
