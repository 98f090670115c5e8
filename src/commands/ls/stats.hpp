// `ckpt ls --stats`: statistics of each tensor, with numpy's definitions:
//
//   key  dtype  shape  bytes      min     max     mean     std  norm  zeros  nan  inf
//   a    f32    3x4       48  -0.0412  0.0398  0.00012  0.0201  1.47      0    0    0
//
// min, max, mean, std (of the population, as numpy.std) and norm (of all elements as one vector)
// cover the finite elements; nan and inf count the others.
#pragma once

#include <array>
#include <string>

#include "ckpt/render/json.hpp"
#include "cli/console.hpp"
#include "commands/shared/listing.hpp"

namespace ckpt::commands {

/// Fills `listing.statistics`. Throws as diff::compute_statistics does.
void compute_listing_statistics(Listing& listing, unsigned thread_count, cli::Console& console);

inline constexpr std::array<std::string_view, 8> statistics_columns{"min",  "max",   "mean", "std",
                                                                    "norm", "zeros", "nan",  "inf"};

/// In the order of the columns; "-" for a value that does not exist.
std::array<std::string, statistics_columns.size()> statistics_cells(
    const std::optional<tensor::Statistics>& statistics);

/// The member "stats": an object with the names of the columns, or null.
void write_statistics(render::JsonWriter& json,
                      const std::optional<tensor::Statistics>& statistics);

}  // namespace ckpt::commands
