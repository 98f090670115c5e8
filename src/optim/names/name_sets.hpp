// Parameters by module and by the parts of their names: what people freeze, train and group by.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// A name of a thousand dots is no module tree: no more parts of it are looked at.
inline constexpr std::size_t most_parts_of_a_name = 64;

struct ModuleMembers {
  std::string module;  ///< "encoder.layer.0"
  Indices members;     ///< ascending
};

struct NameParts {
  /// The modules above all names, in the order in which they first occur.
  std::vector<ModuleMembers> modules;
  /// By each part of the names ("bias", "attn", "3") and by each family that people train or freeze
  /// as one ("lora_*", "embeddings*", "norms*"): the candidates, ascending.
  std::map<std::string, Indices> by_part;
};

NameParts name_parts(const Problem& problem);

/// What all numbered modules have from a number on, or up to it.
struct NumberedTail {
  std::string text;  ///< "numbers from 3 on", "numbers up to 3"
  Indices members;
};

/// Those that have `sizes.first` or `sizes.second` members.
std::vector<NumberedTail> numbered_tails(const Problem& problem,
                                         std::pair<std::size_t, std::size_t> sizes);

}  // namespace ckpt::optim
