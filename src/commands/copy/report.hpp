// The report of `ckpt copy`, in the words of load_state_dict, as text and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.hpp"
#include "commands/copy/optimizer.hpp"
#include "commands/copy/side.hpp"
#include "commands/shared/address.hpp"

namespace ckpt::commands {

struct CopyReport {
  const Checkpoint& source;
  const Checkpoint& target;
  const CopyPlan& plan;
  const CopiedOptimizer& optimizer;
  optim::Treatment treatment = optim::Treatment::carry;
  bool is_refused = false;
};

/// "copied", "sliced", "mismatched", ...
std::string_view word_of(match::Fit fit);
/// Why a pair does not fit: "shape", "dtype", "kind".
std::string_view reason_of(match::Fit fit);

enum class CopyRows {
  what_is_not_plain,  ///< missing, unexpected, mismatched, sliced, padded, tied to copied tensors
  plan,               ///< also what is copied
  all,                ///< also what is left out
};

/// One line per entry on stdout.
void print_copy(const CopyReport& report, CopyRows rows, cli::Console& console);
/// Schema ckpt.copy/1.
void print_copy_json(const CopyReport& report, cli::Console& console);

/// "10 tensors copied (3 buffers), 2 missing, 0 unexpected, 0 mismatched; 4 states carried, 1
/// fresh"
std::string copy_counts_text(const CopyReport& report);

}  // namespace ckpt::commands
