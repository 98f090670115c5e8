// The text output of `ckpt ls`: a table, or an outline of modules.
#pragma once

#include "cli/console.hpp"
#include "commands/shared/listing.hpp"

namespace ckpt::commands {

enum class Columns { brief, full };

void print_listing_table(const Listing& listing, Columns detail, cli::Console& console);
void print_listing_tree(const Listing& listing, cli::Console& console);

}  // namespace ckpt::commands
