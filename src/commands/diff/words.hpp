// The cells of a line of `ckpt diff`.
#pragma once

#include <array>
#include <string>

#include "commands/diff/report.hpp"

namespace ckpt::commands {

/// Whether counts of 0 are shown.
enum class Presence { if_any, always };

/// "f32 3x4", "f32 => bf16", "3 => 4"
std::string what_cell(const DiffReport& report, const diff::Difference& difference);

/// How many elements changed; the largest change and its position; its size relative to A, and what
/// is new.
std::array<std::string, 3> figure_cells(const DiffReport& report,
                                        const diff::Difference& difference);

/// "[1,2]"; "" for a scalar.
std::string element_text(const model::Tensor& tensor, std::uint64_t element);

}  // namespace ckpt::commands
