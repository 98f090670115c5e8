// Detects that two lists of names would agree if one prefix or wrapper were removed. A model saved
// from DataParallel has "module." before every name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ckpt::match {

/// A tensor's name and shape.
struct NamedShape {
  std::string name;
  std::vector<std::int64_t> shape;
};

enum class Cure : std::uint8_t {
  strip_wrappers,
  prefix_of_a,  ///< names of A start with `prefix`, those of B do not
  prefix_of_b,
};

/// A prefix change, and how many tensors would then match.
struct PrefixHint {
  Cure cure = Cure::strip_wrappers;
  std::string prefix = {};
  std::size_t matching_count = 0;  ///< tensors that would then have a partner of their shape
  std::size_t tensor_count = 0;    ///< of the side with fewer tensors
};

/// The prefix change that makes most names agree; nothing unless at least half of the names agree
/// then, and more than twice as many as now.
std::optional<PrefixHint> find_prefix_hint(const std::vector<NamedShape>& a,
                                           const std::vector<NamedShape>& b);

/// "--strip-wrappers", "--strip-prefix backbone.": the option for commands that treat both sides
/// alike.
std::string option_text(const PrefixHint& hint);

}  // namespace ckpt::match
