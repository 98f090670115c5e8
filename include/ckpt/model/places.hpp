// Many paths of one tree in memory that grows with their number and not with their lengths: a place
// keeps its last step and the place above it. Text is made of a place only where it is printed.
//
//   a:b:c, a:b:d    top <- a <- b <- c
//                                b <- d
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
  /// Neither may be asked of the top.
  const PathStep& step(PlaceId id) const { return at(id).step; }
  PlaceId above(PlaceId id) const { return at(id).above; }
  /// The place `depth` steps below the top that `id` is or lies below; in logarithmic time.
  PlaceId ancestor(PlaceId id, std::size_t depth) const;

  KeyPath path(PlaceId id) const;
  /// As path_text() of path(id).
  std::string text(const Tree& tree, PlaceId id) const;
  /// Whether path(id) is `path`, told from its end.
  bool is_at(PlaceId id, const KeyPath& path) const;
  /// Whether text(id) is `text`; in time that grows with `text` alone, but for one step.
  bool is_text(const Tree& tree, PlaceId id, std::string_view text) const;
  /// Whether text(a) < text(b), byte by byte; what both begin with is not made into text.
  bool is_text_less(const Tree& tree, PlaceId a, PlaceId b) const;
  /// For people, without the first `depth` steps: what is longer than about a kilobyte has "…" in
  /// its middle.
  std::string short_text(const Tree& tree, PlaceId id, std::size_t depth = 0) const;
  /// As text(), without the first `depth` steps.
  std::string text_below(const Tree& tree, PlaceId id, std::size_t depth) const;

 private:
  struct Place {
    PathStep step;
    PlaceId above = top;
    PlaceId jump = top;  // an ancestor, of which a logarithmic number leads to the top
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
