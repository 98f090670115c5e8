// Copies the values of `ckpt copy` into the tree of the target.
#pragma once

#include <optional>
#include <string>

#include "commands/copy/plan.hpp"

namespace ckpt::commands {

/// What happens when tied tensors of the target would get two different values.
enum class OnTied { error, last };

/// Copies paired values into the storages of the target. Order, strides, sharing, devices and
/// attributes of the target stay. Throws Error{conflict} naming both keys of a tie.
void copy_values(Checkpoint& target, const Checkpoint& source, const CopyPlan& plan,
                 OnTied on_tied);

/// Whether the target has all values already, bit for bit. Reads storages only when their checksums
/// do not show a difference.
bool has_all_values(const Checkpoint& target, const Checkpoint& source, const CopyPlan& plan);

/// A text about tensors outside of the root that see changed storages and so change as well;
/// nothing when there are none.
std::optional<std::string> find_seen_elsewhere(const Checkpoint& target, const CopyPlan& plan);

}  // namespace ckpt::commands
