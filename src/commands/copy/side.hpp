// The sides and the plan of a copy, as the files of this command name them.
#pragma once

#include "ckpt/edit/copy.hpp"
#include "commands/shared/address.hpp"
#include "commands/shared/match_hint.hpp"

namespace ckpt::commands {

using edit::CopyPlan;
using edit::SourceNames;

inline edit::CopySide side_of(const Checkpoint& checkpoint) {
  return {.tree = checkpoint.tree(),
          .root = checkpoint.root,
          .path = checkpoint.path.string(),
          .place = address_text(checkpoint)};
}

/// The source, with what helps where its names are not those of `target`.
inline edit::CopySide source_side(const Checkpoint& source, const Checkpoint& target) {
  edit::CopySide side = side_of(source);
  side.hint = match_hint(source, target);
  return side;
}

}  // namespace ckpt::commands
