// Names that need no guessing: the file has them beside its ids, or the user lists them.
#pragma once

#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

/// The shapes of the ids, through the groups.
std::vector<std::optional<Shape>> flat_shapes(const Question& question);

/// The file's names, in the words of the model part where it knows them.
Resolution resolve_named(const Question& question);

/// The names of --order, one an id. Throws Error{conflict} where they contradict the shapes or
/// counts, Error{usage} for a name that no parameter has.
Resolution resolve_by_order(const Question& question);

}  // namespace ckpt::optim
