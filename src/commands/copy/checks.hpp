// Whether `ckpt copy` may go on with what it found, and what would help.
#pragma once

#include <optional>
#include <string>

#include "ckpt/base/error.hpp"
#include "commands/copy/plan.hpp"

namespace ckpt::commands {

enum class Strictness { lenient, strict };

/// The reason not to go on: nothing copied, something mismatched that is not to be skipped, with
/// `strict` also missing or unexpected keys.
std::optional<Error> find_refusal(const Checkpoint& source, const Checkpoint& target,
                                  const CopyPlan& plan, const CopyChoice& choice,
                                  Strictness strictness);

/// "with --to-prefix encoder. 12 of 12 tensors match", where names agree far better so.
std::optional<std::string> find_naming_hint(const CopyPlan& plan, const CopyChoice& choice);

/// What is said where less than half of both sides pairs: these may well be other models.
std::optional<std::string> find_few_hint(const Checkpoint& source, const Checkpoint& target,
                                         const CopyPlan& plan, const CopyChoice& choice);

}  // namespace ckpt::commands
