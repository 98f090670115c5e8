#include "commands/optim/listing.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/optim/numbers.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;

constexpr std::size_t most_possible_names = 200;

std::uint64_t state_bytes(const model::Tree& tree, NodeId state) {
  if (state == model::no_node || !tree.is(state, Kind::dict)) return 0;
  std::uint64_t bytes = 0;
  for (const model::Entry& entry : tree.entries(state)) {
    if (tree.is(entry.value, Kind::tensor)) bytes += model::dense_bytes(tree.tensor(entry.value));
    if (!tree.is(entry.value, Kind::dict)) continue;
    for (const model::Entry& inner : tree.entries(entry.value))
      if (tree.is(inner.value, Kind::tensor)) bytes += model::dense_bytes(tree.tensor(inner.value));
  }
  return bytes;
}

using PartsByPath = std::unordered_map<std::string_view, const optim::ModelPart*>;

void relate_to_model(OptimizerListing& listing, const PartsByPath& parts) {
  const optim::Resolution& resolution = listing.identified.resolution;
  listing.ties.resize(listing.identified.optimizer.slots.size());
  const auto part = parts.find(resolution.part);
  if (part == parts.end() || !resolution.is_settled()) return;
  std::unordered_map<std::string, std::size_t> slot_of;
  for (std::size_t i = 0; i < resolution.names.size(); ++i)
    slot_of.try_emplace(resolution.names[i], i);
  for (const optim::Candidate& candidate : part->second->candidates)
    if (!candidate.is_likely_buffer && !slot_of.contains(candidate.name))
      listing.without_id.push_back(candidate.name);
  for (const auto& [first, other] : part->second->ties)
    if (const auto found = slot_of.find(first); found != slot_of.end())
      listing.ties[found->second].push_back(other);
}

}  // namespace

OptimListing collect_optimizers(const Checkpoint& checkpoint, const model::Tree& model_tree,
                                const optim::IdentifyOptions& options) {
  const model::Tree& tree = checkpoint.tree();
  OptimListing listing{.checkpoint = checkpoint, .baggage = optim::find_baggage(tree)};
  std::vector<optim::Identified> all = optim::identify(tree, model_tree, options);
  if (all.empty()) return listing;
  const std::vector<optim::ModelPart> parts = optim::find_model_parts(model_tree);
  PartsByPath by_path;
  for (const optim::ModelPart& part : parts) by_path.try_emplace(part.path, &part);
  for (optim::Identified& identified : all) {
    OptimizerListing one{.identified = std::move(identified)};
    relate_to_model(one, by_path);
    for (const optim::Slot& slot : one.identified.optimizer.slots) {
      const bool has_step = slot.state != model::no_node && tree.is(slot.state, Kind::dict);
      one.steps.push_back(has_step ? optim::find_number(tree, tree.find(slot.state, "step"))
                                   : std::nullopt);
      one.bytes.push_back(state_bytes(tree, slot.state));
    }
    listing.optimizers.push_back(std::move(one));
  }
  return listing;
}

std::vector<std::string> possible_names(const optim::Resolution& resolution, std::size_t slot) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  const auto add = [&](const std::string& name) {
    if (names.size() < most_possible_names && seen.insert(name).second) names.push_back(name);
  };
  for (const optim::Fit& fit : resolution.fits) add(fit.names[slot]);
  if (slot < resolution.can_be.size())
    for (const std::string& name : resolution.can_be[slot]) add(name);
  return names;
}

}  // namespace ckpt::commands
