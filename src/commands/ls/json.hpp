// `ckpt ls --json`, schema "ckpt.ls/1"; the README describes it.
#pragma once

#include "cli/console.hpp"
#include "commands/shared/listing.hpp"

namespace ckpt::commands {

void print_listing_json(const Listing& listing, cli::Console& console);

}  // namespace ckpt::commands
