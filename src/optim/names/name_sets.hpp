// Groups parameters by module and by the parts of their names: the sets that people freeze, train
// and group.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// A name with a thousand dots is no module path: only this many parts are examined.
inline constexpr std::size_t most_parts_of_a_name = 64;

struct ModuleMembers {
  std::string module;  ///< "encoder.layer.0"
  Indices members;     ///< ascending
};

struct NameParts {
  /// All modules above the names, in order of first occurrence.
  std::vector<ModuleMembers> modules;
  /// For each part of the names ("bias", "attn", "3") and for each family that people train or
  /// freeze together ("lora_*", "embeddings*", "norms*"): the candidates, ascending.
  std::map<std::string, Indices> by_part;
};

NameParts name_parts(const Problem& problem);

/// The candidates of all numbered modules from a number on, or up to it.
struct NumberedTail {
  std::string text;  ///< "numbers from 3 on", "numbers up to 3"
  Indices members;
};

/// Those with `sizes.first` or `sizes.second` members.
std::vector<NumberedTail> numbered_tails(const Problem& problem,
                                         std::pair<std::size_t, std::size_t> sizes);

}  // namespace ckpt::optim
