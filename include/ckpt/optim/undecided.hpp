// The message for an optimizer whose ids could be several parameters: why the edit stops, and which
// options settle it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/optim/identify.hpp"

namespace ckpt::optim {

/// Whether an edit accepts an assignment that rests on a rule.
enum class Trust : std::uint8_t { assumed, proved };

/// What the message says before and after the list of options.
struct Settling {
  std::string how = "decided by one of";
  std::string otherwise = "--optimizer drop or reset goes on without the states";
};

/// Throws Error{conflict} for an assignment that is not settled. The message lists the options that
/// would settle it; `what` says why the assignment is needed.
[[noreturn]] void throw_undecided(const Identified& identified, std::string_view what,
                                  const Settling& settling = {});
/// Throws likewise unless the assignment is settled under `trust`.
void require_settled(const Identified& identified, Trust trust, std::string_view what,
                     const Settling& settling = {});

/// One line per assignment that fits: "(1) group 0 = 0.*; group 1 = 1.* ... 7.*  'rule'".
std::vector<std::string> fit_lines(const Identified& identified, std::size_t most = 8);

}  // namespace ckpt::optim
