// Names without guessing: the file has them beside its ids, or the user lists them.
#pragma once

#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

/// The shapes of the ids, group by group.
std::vector<std::optional<Shape>> flat_shapes(const Question& question);

/// The names in the file, as the model part spells them if it has them.
Resolution resolve_named(const Question& question);

/// The names of --order, one per id. Throws Error{conflict} when they contradict shapes or counts,
/// Error{usage} for a name that no parameter has.
Resolution resolve_by_order(const Question& question);

}  // namespace ckpt::optim
