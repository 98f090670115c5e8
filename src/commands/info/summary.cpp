// Counts the file as it is (storages, records) and then the sections as their users see them, with
// pickled modules as state dicts. A shared storage counts once per section.

#include "commands/info/summary.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/model/usage.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

namespace {

std::uint64_t count_tensors(const model::Tree& tree) {
  std::uint64_t count = 0;
  model::Walk walk(tree, tree.root(), model::tensors_of(tree));
  while (walk.next())
    if (tree.is(walk.node(), model::Kind::tensor)) ++count;
  return count;
}

void count_storages(const model::Tree& tree, Summary& summary) {
  const std::vector<model::StorageUse> uses = storage_uses(tree);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const std::uint64_t bytes = tree.storages()[i].size_bytes();
    summary.storage_count += 1;
    summary.storage_bytes += bytes;
    summary.unreached_bytes += bytes - uses[i].reached_bytes;
  }
}

void count_container(const formats::Origin& origin, const model::Tree& tree, Summary& summary) {
  for (const formats::Extra& extra : origin.extras()) summary.other_records.push_back(extra.name);
  summary.dead_record_bytes = origin.unused_bytes(tree);
  summary.dead_bytes = origin.idle_bytes();
}

std::string_view kind_text(model::SectionKind kind) {
  switch (kind) {
    case model::SectionKind::state_dict:
      return "state dict";
    case model::SectionKind::module:
      return "pickled module";
    case model::SectionKind::optimizer:
      return "optimizer";
  }
  return {};
}

/// As ls shows it: storages that several places in the file see, through one tensor object or
/// several.
std::uint64_t count_shared_storages(const model::Tree& tree) {
  std::vector<std::uint64_t> places(tree.storages().size());
  model::Walk walk(tree, tree.root(), model::tensors_of(tree));
  while (walk.next()) {
    if (!tree.is(walk.node(), model::Kind::tensor)) continue;
    const model::StorageId storage = tree.tensor(walk.node()).storage;
    if (storage != model::no_storage) ++places[static_cast<std::size_t>(storage)];
  }
  return static_cast<std::uint64_t>(
      std::ranges::count_if(places, [](std::uint64_t count) { return count > 1; }));
}

void add_sections(const Checkpoint& checkpoint, Summary& summary) {
  const model::Tree& tree = checkpoint.tree();
  model::Sections sections = find_sections(tree);
  summary.places = std::move(sections.places);
  bool has_root = false;
  const auto take_root = [&](const model::Section& section) {
    if (has_root || section.node != checkpoint.root.node) return false;
    return has_root = summary.places.is_at(section.place, checkpoint.root.path);
  };
  for (const model::Section& section : sections.all)
    summary.sections.push_back({.place = section.place,
                                .kind = std::string(kind_text(section.kind)),
                                .module_class = section.kind == model::SectionKind::module
                                                    ? module_class_text(tree, section.node)
                                                    : std::string(),
                                .tensor_count = section.tensor_count,
                                .storage_bytes = section.storage_bytes,
                                .is_root = take_root(section)});
}

/// Top-level entries that contain no section.
void add_rest(const Checkpoint& checkpoint, Summary& summary) {
  const model::Tree& tree = checkpoint.tree();
  if (checkpoint.root.node == tree.root() || !tree.is(tree.root(), model::Kind::dict)) return;
  std::unordered_set<model::NodeId> with_sections;
  for (const SectionSummary& section : summary.sections)
    if (section.place != model::Places::top)
      with_sections.insert(summary.places.step(summary.places.ancestor(section.place, 1)).key);
  for (const model::Entry& entry : tree.entries(tree.root()))
    if (!with_sections.contains(entry.key))
      summary.rest.push_back(
          {key_text(tree, entry.key), type_text(tree, entry.value), value_text(tree, entry.value)});
}

}  // namespace

Summary summarize(Checkpoint& checkpoint) {
  Summary summary;
  summary.file_bytes = checkpoint.document.size_bytes();
  count_storages(checkpoint.tree(), summary);
  within(checkpoint.path.string(),
         [&] { count_container(*checkpoint.document.origin, checkpoint.tree(), summary); });
  add_sections(checkpoint, summary);
  add_rest(checkpoint, summary);
  // The content of the file is counted as it is; sections are counted as their users see them.
  within(checkpoint.path.string(), [&] { show_state_dicts(checkpoint); });
  summary.tensor_count = count_tensors(checkpoint.tree());
  summary.shared_storage_count = count_shared_storages(checkpoint.tree());
  return summary;
}

}  // namespace ckpt::commands
