// Edits a tree place by place. A node may be at several places: if all places are edited alike, the
// node itself is edited; otherwise a copy replaces it where the edits differ.
//
//   {model: d, best: {model: d}}, d = {w, b}, drop best:model:b -> best: {model: {w}}, d stays
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ckpt/match/selection.hpp"

namespace ckpt::match {

/// Takes the places of a walk from last to first, so that children come before their parents.
class PlaceEdits {
 public:
  explicit PlaceEdits(std::size_t place_count) : changes_(place_count) {}

  /// The entry at `step` of the place `parent` is dropped.
  void drop(std::size_t parent, const model::PathStep& step);
  /// All children of `place`, which is at `step` of `parent`, are known.
  void finish(std::size_t place, model::NodeId node, std::size_t parent,
              const model::PathStep& step);

  std::vector<PlaceEdit> take();

 private:
  static constexpr std::uint64_t unchanged = 0;  ///< else 1 + the index of an edit

  /// The step and the new child there; `unchanged` means dropped.
  using Change = std::tuple<model::StepType, model::NodeId, std::uint64_t, std::uint64_t>;

  std::uint64_t edit_of(model::NodeId node, std::vector<Change> changes);

  std::vector<std::vector<Change>> changes_;  // by place
  std::map<std::pair<model::NodeId, std::vector<Change>>, std::uint64_t> known_;
  std::unordered_map<model::NodeId, std::uint64_t> first_;  // the edit of the first place of each
                                                            // node
  std::unordered_map<model::NodeId, bool> differs_;
  std::vector<PlaceEdit> edits_;
};

}  // namespace ckpt::match
