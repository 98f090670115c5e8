// `ckpt ls` for people: a table, or an outline of modules.
#pragma once

#include "cli/console.hpp"
#include "commands/listing.hpp"

namespace ckpt::commands {

enum class Columns { brief, full };

void print_listing_table(const Listing& listing, Columns detail, cli::Console& console);
void print_listing_tree(const Listing& listing, cli::Console& console);

/// "3x4", "scalar"; "3x4 sparse_coo" for a tensor that is not strided.
std::string shape_cell(const model::Tensor& tensor);

}  // namespace ckpt::commands
