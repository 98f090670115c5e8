// Decides whether `ckpt copy` may continue with its plan, and what would help if not.
#pragma once

#include <optional>
#include <string>

#include "ckpt/base/error.hpp"
#include "commands/copy/plan.hpp"

namespace ckpt::commands {

enum class Strictness { lenient, strict };

/// Why copying must stop: nothing is copied, a mismatch may not be skipped, or with `strict` a key
/// is missing or unexpected. Nothing: continue.
std::optional<Error> find_refusal(const Checkpoint& source, const Checkpoint& target,
                                  const CopyPlan& plan, const CopyChoice& choice,
                                  Strictness strictness);

/// "with --to-prefix encoder. 12 of 12 tensors match", when many more names would agree.
std::optional<std::string> find_naming_hint(const CopyPlan& plan, const CopyChoice& choice);

/// The message when less than half of both sides is paired: these are probably different models.
std::optional<std::string> find_few_hint(const Checkpoint& source, const Checkpoint& target,
                                         const CopyPlan& plan, const CopyChoice& choice);

}  // namespace ckpt::commands
