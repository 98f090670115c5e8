// How people spread parameters over groups. A layout says, for a set of trained names, which group
// lists which of them and in what order; inside a group it is always the order of the model.
//
//   model order               a b | c d           boundaries from the file
//   two groups                weights | rest, either order; by dimension, by name, by module, by
//   any
//                             part of the names
//   three groups              weights, norm weights, biases in any order
//   four groups               a subtree apart, each half split
//   many                      one a layer (and dimension), in order of first occurrence
#pragma once

#include <string>
#include <vector>

#include "optim/names/name_sets.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

struct FittingLayout {
  std::string text;
  Indices names;  ///< one a flat id
};

/// The layouts of `trained` whose groups are as long as the file's and whose shapes agree with
/// every known one.
std::vector<FittingLayout> fitting_layouts(const Problem& problem, const NameParts& parts,
                                           const Indices& trained);

}  // namespace ckpt::optim
