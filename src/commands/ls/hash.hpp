// `ckpt ls --hash`: a line per tensor that represents its whole content, for `git diff` through
// textconv:
//
//   fc.weight  f32 3x4  93ab0c...
//
// Unlike in a table with aligned columns, no line depends on another, so only changed tensors
// differ.
#pragma once

#include "cli/console.hpp"
#include "commands/shared/listing.hpp"

namespace ckpt::commands {

/// Fills `listing.hashes`. Throws as diff::hash_tensors does.
void hash_listing(Listing& listing, unsigned thread_count, cli::Console& console);

void print_listing_hashes(const Listing& listing, cli::Console& console);

}  // namespace ckpt::commands
