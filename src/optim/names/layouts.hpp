// The ways in which people distribute parameters over groups. A layout says which group lists which
// of the trained names; inside a group they are always in the order of the model.
//
//   model order               a b | c d           boundaries from the file
//   two groups                weights | rest, either order; by dimension, by name, by module, by
//   any
//                             part of the names
//   three groups              weights, norm weights, biases in any order
//   four groups               a subtree apart, each half split
//   many                      one per layer (and dimension), in order of first occurrence
#pragma once

#include <string>
#include <vector>

#include "optim/names/name_sets.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// A layout that agrees with the file.
struct FittingLayout {
  std::string text;
  Indices names;  ///< one per flat id
};

/// The layouts of `trained` whose groups have the lengths of the file's groups and whose shapes
/// agree with all known ones.
std::vector<FittingLayout> fitting_layouts(const Problem& problem, const NameParts& parts,
                                           const Indices& trained);

}  // namespace ckpt::optim
