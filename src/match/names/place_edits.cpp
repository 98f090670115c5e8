// Edits of equal content at several places get one id, from the leaves upwards, so that two places
// of a shared dict are edited once when they lose the same entries.

#include "match/names/place_edits.hpp"

namespace ckpt::match {

using model::NodeId;

void PlaceEdits::drop(std::size_t parent, const model::PathStep& step) {
  changes_[parent].emplace_back(step.type, step.key, step.index, unchanged);
}

void PlaceEdits::finish(std::size_t place, NodeId node, std::size_t parent,
                        const model::PathStep& step) {
  const std::uint64_t edit = edit_of(node, std::move(changes_[place]));
  const auto [first, is_new] = first_.try_emplace(node, edit);
  if (!is_new && first->second != edit) differs_[node] = true;
  if (edit != unchanged && place != parent)
    changes_[parent].emplace_back(step.type, step.key, step.index, edit);
}

std::uint64_t PlaceEdits::edit_of(NodeId node, std::vector<Change> changes) {
  if (changes.empty()) return unchanged;
  const auto [known, is_new] = known_.try_emplace({node, std::move(changes)}, 1 + edits_.size());
  if (!is_new) return known->second;
  PlaceEdit edit{.node = node};
  for (const auto& [type, key, index, below] : known->first.second) {
    const model::PathStep step{.type = type, .key = key, .index = index};
    if (below == unchanged)
      edit.dropped.push_back(step);
    else
      edit.replaced.emplace_back(step, below - 1);
  }
  edits_.push_back(std::move(edit));
  return known->second;
}

std::vector<PlaceEdit> PlaceEdits::take() {
  for (PlaceEdit& edit : edits_) edit.is_copied = differs_.contains(edit.node);
  return std::move(edits_);
}

}  // namespace ckpt::match
