// Stores many paths of one tree compactly. A place holds its last step and the id of the place
// above it, so memory grows with the number of places, not with their length: a file 50,000 levels
// deep would otherwise need 50,000 copies of long paths. Text is made only when it is printed.
//
//   a:b:c, a:b:d    top <- a <- b <- c
//                                 b <- d
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/key_path.hpp"

namespace ckpt::model {

enum class PlaceId : std::uint32_t {};
inline constexpr PlaceId no_place{0xFFFFFFFF};

class Places {
 public:
  /// The place of an empty path.
  static constexpr PlaceId top{0};

  Places() { places_.push_back({}); }

  PlaceId add(PlaceId above, const PathStep& step);
  PlaceId add_path(const KeyPath& path);

  std::size_t depth(PlaceId id) const { return at(id).depth; }
  /// step() and above() must not be called for the top.
  const PathStep& step(PlaceId id) const { return at(id).step; }
  PlaceId above(PlaceId id) const { return at(id).above; }
  /// The place `depth` steps below the top that `id` is or lies below. Takes logarithmic time.
  PlaceId ancestor(PlaceId id, std::size_t depth) const;

  KeyPath path(PlaceId id) const;
  /// path_text() of path(id).
  std::string text(const Tree& tree, PlaceId id) const;
  /// Whether path(id) is `path`; compares from the end.
  bool is_at(PlaceId id, const KeyPath& path) const;
  /// Whether text(id) is `text`. The time depends on the length of `text` and of one step only.
  bool is_text(const Tree& tree, PlaceId id, std::string_view text) const;
  /// Whether text(a) < text(b), byte by byte. Makes no text of the common part.
  bool is_text_less(const Tree& tree, PlaceId a, PlaceId b) const;
  /// For people, without the first `depth` steps. A text longer than about a kilobyte is shortened
  /// with "…" in its middle.
  std::string short_text(const Tree& tree, PlaceId id, std::size_t depth = 0) const;
  /// text() without the first `depth` steps.
  std::string text_below(const Tree& tree, PlaceId id, std::size_t depth) const;

 private:
  struct Place {
    PathStep step;
    PlaceId above = top;
    PlaceId jump = top;  // an ancestor; a logarithmic number of jumps leads to the top
    std::uint32_t depth = 0;
  };

  const Place& at(PlaceId id) const { return places_[static_cast<std::size_t>(id)]; }
  std::size_t common_depth(PlaceId a, PlaceId b) const;
  std::vector<PathStep> steps_below(PlaceId id, std::size_t depth) const;

  std::vector<Place> places_;
};

/// One of several places, with what it is a place of.
struct TreePlace {
  std::shared_ptr<const Places> places = {};
  PlaceId id = Places::top;
};

/// Texts of the places of sections, by which they are told from each other: whole, as far as all of
/// them together take no more than a few megabytes. After that the middle is left out of long ones.
class PlaceTexts {
 public:
  /// What is referred to must outlive this.
  PlaceTexts(const Tree& tree, const Places& places) : tree_(tree), places_(places) {}

  std::string text(PlaceId id);

 private:
  const Tree& tree_;
  const Places& places_;
  std::size_t bytes_left_ = std::size_t{16} << 20;
};

}  // namespace ckpt::model
