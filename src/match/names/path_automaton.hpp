// Globs over paths as an automaton that can stop behind any byte and go on later: what lies below a
// place of a tree is read without reading the path to the place again. Matches what the regular
// expression of the glob matches (glob.hpp).
//
//   a:*:c    -a-> 1 -:-> 2 (any byte but . and :) -:-> 3 -c-> 4
//   a:b      leads to {2};  from there ":c" leads to {4}
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "match/names/glob.hpp"

namespace ckpt::match {

/// What `?` and the stars read.
enum class Encoding : std::uint8_t { characters, bytes };

class PathAutomaton {
 public:
  /// States that may be the present one, in ascending order.
  using States = std::vector<std::uint32_t>;

  /// A glob of a path and all below it; returns the state in which it has matched.
  std::uint32_t add(std::span<const GlobPart> parts, Encoding encoding);

  /// Where all globs begin.
  States start() const;
  States after(const States& states, std::string_view text) const;

 private:
  struct Edge {
    std::uint8_t first = 0;
    std::uint8_t last = 0;
    std::uint32_t target = 0;
  };
  struct State {
    std::vector<Edge> edges;
    std::vector<std::uint32_t> silent;  // reached without reading
  };
  class Builder;
  class Active;

  std::vector<State> states_;
  States begins_;
};

}  // namespace ckpt::match
