// Two lists of names of which (almost) none agrees, but would with one prefix or wrapper less.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ckpt::match {

/// A tensor as far as the hint is concerned.
struct NamedShape {
  std::string name;
  std::vector<std::int64_t> shape;
};

enum class Cure : std::uint8_t {
  strip_wrappers,
  prefix_of_a,  ///< names of A begin with `prefix`, those of B lack it
  prefix_of_b,
};

struct PrefixHint {
  Cure cure = Cure::strip_wrappers;
  std::string prefix = {};
  std::size_t matching_count = 0;  ///< tensors that then have a partner of their shape
  std::size_t tensor_count = 0;    ///< of the side that has fewer
};

/// The cure with which most names agree, where that is at least half of them and more than twice as
/// many as now.
std::optional<PrefixHint> find_prefix_hint(const std::vector<NamedShape>& a,
                                           const std::vector<NamedShape>& b);

/// "--strip-wrappers", "--strip-prefix backbone.": what commands that treat both sides alike need.
std::string option_text(const PrefixHint& hint);

}  // namespace ckpt::match
