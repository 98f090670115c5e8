// What a user is told when the ids of an optimizer cannot be told apart, and what would settle it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/optim/identify.hpp"

namespace ckpt::optim {

/// Whether an assignment that rests on a rule is good enough for an edit.
enum class Trust : std::uint8_t { assumed, proved };

/// What a message says would settle an assignment, before the options are listed, and after them.
struct Settling {
  std::string how = "decided by one of";
  std::string otherwise = "--optimizer drop or reset goes on without the states";
};

/// Throws Error{conflict} for an assignment that is not settled; the message lists the options that
/// would settle it. `what` says why the assignment is needed.
[[noreturn]] void throw_undecided(const Identified& identified, std::string_view what,
                                  const Settling& settling = {});
/// Does the same unless the assignment is settled under `trust`.
void require_settled(const Identified& identified, Trust trust, std::string_view what,
                     const Settling& settling = {});

/// "(1) group 0 = 0.*; group 1 = 1.* ... 7.*  'rule'": the assignments that fit, for messages.
std::vector<std::string> fit_lines(const Identified& identified, std::size_t most = 8);

}  // namespace ckpt::optim
