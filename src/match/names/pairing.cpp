// torch's rules of load_state_dict: keys are compared by name, an older BatchNorm may lack its
// counter, and a one-element tensor fits a scalar.

#include "ckpt/match/pairing.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/module.hpp"
#include "match/names/fit.hpp"

namespace ckpt::match {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

using IndexByName = std::unordered_map<std::string_view, std::size_t>;

IndexByName index_by_common_name(const std::vector<Named>& entries, const std::string& place) {
  IndexByName index;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto [known, is_new] = index.try_emplace(entries[i].common_name, i);
    if (!is_new)
      throw Error(
          ErrorKind::conflict,
          concat(place, ": ", quote(entries[known->second].name), " and ", quote(entries[i].name),
                 " would both become ", quote(entries[i].common_name)));
  }
  return index;
}

/// BatchNorm has a counter of batches since version 2. For an older state dict, torch does not
/// report the counter as missing and keeps the module's own.
///
/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/nn/modules/batchnorm.py#L93
bool is_counter_of_old_norm(std::string_view name,
                            const std::unordered_map<std::string, std::int64_t>& versions) {
  constexpr std::string_view counter = "num_batches_tracked";
  if (!name.ends_with(counter)) return false;
  std::string_view module = name.substr(0, name.size() - counter.size());
  if (!module.empty() && !module.ends_with('.')) return false;
  if (!module.empty()) module.remove_suffix(1);
  const auto version = versions.find(std::string(module));
  return version == versions.end() || version->second < 2;
}

/// Without a role, all tensors.
std::vector<std::size_t> tensors_of(const std::vector<Named>& entries,
                                    std::optional<model::Role> role) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].tensor && (!role || entries[i].role == *role)) indices.push_back(i);
  return indices;
}

std::string described(const Named& entry) {
  return concat(quote(entry.name), " (", model::row_of(entry.tensor->dtype).short_name, ' ',
                shape_text(entry.tensor->layout.shape), ")");
}

void pair_kind(const std::vector<Named>& sources, const std::vector<Named>& targets,
               std::optional<model::Role> role, const PairingOptions& options, Pairing& pairing) {
  const std::string_view kind = !role                             ? "tensor"
                                : *role == model::Role::parameter ? "parameter"
                                                                  : "buffer";
  const std::vector<std::size_t> from = tensors_of(sources, role);
  const std::vector<std::size_t> to = tensors_of(targets, role);
  const std::size_t count = std::min(from.size(), to.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Pair pair = make_pair(sources, from[i], targets, to[i], options);
    if (pair.fit != Fit::same && pair.fit != Fit::cast)
      throw Error(ErrorKind::conflict,
                  concat("--by-order: ", kind, " ", i + 1, " is ", described(sources[from[i]]),
                         " in ", options.source_place, ", ", described(targets[to[i]]), " in ",
                         options.target_place),
                  pair.fit == Fit::other_dtype ? "--cast takes the dtypes of the target" : "");
    pairing.pairs.push_back(pair);
  }
  if (from.size() != to.size())
    throw Error(ErrorKind::conflict,
                concat("--by-order: ", options.source_place, " has ", counted(from.size(), kind),
                       ", ", options.target_place, " ", to.size()),
                "--keep, --drop, --what and --to-prefix choose which take part");
}

std::vector<Named> entries_of_module(const Tree& tree, NodeId module) {
  std::vector<Named> entries;
  for (model::ModuleTensor& found : model::state_of_module(tree, module))
    entries.push_back({.name = found.name,
                       .common_name = std::move(found.name),
                       .node = found.node,
                       .tensor = tree.tensor(found.node),
                       .role = found.role});
  return entries;
}

bool is_list_of_tensors(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::list) && !tree.is(id, Kind::tuple)) return false;
  const auto items = tree.items(id);
  return !items.empty() &&
         std::ranges::all_of(items, [&](NodeId item) { return tree.is(item, Kind::tensor); });
}

std::vector<Named> entries_of_list(const Tree& tree, NodeId list) {
  std::vector<Named> entries;
  for (const NodeId item : tree.items(list)) {
    Named& entry = entries.emplace_back(Named{.name = concat(entries.size()), .common_name = {}});
    entry.common_name = entry.name;
    entry.node = item;
    entry.tensor = tree.tensor(item);
    entry.is_listed = true;
  }
  return entries;
}

}  // namespace

std::size_t Pairing::mismatch_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(pairs, [](const Pair& pair) { return is_mismatch(pair.fit); }));
}

bool is_extra_state(std::string_view name) {
  return name == "_extra_state" || name.ends_with("._extra_state");
}

std::vector<Named> named_entries(const Tree& tree, const model::Root& root) {
  if (model::is_module(tree, root.node)) return entries_of_module(tree, root.node);
  if (is_list_of_tensors(tree, root.node)) return entries_of_list(tree, root.node);
  if (!tree.is(root.node, Kind::dict))
    throw Error(ErrorKind::conflict, "holds no state dict",
                "ckpt info shows what is in a file; FILE:PATH names a part of it");
  std::vector<Named> entries;
  model::KeyPath path = root.path;
  path.emplace_back();
  for (const model::TextEntry entry : model::text_entries(tree, root.node)) {
    Named named{
        .name = std::string(entry.name), .common_name = {}, .key = entry.key, .node = entry.value};
    named.common_name = named.name;
    if (tree.is(entry.value, Kind::tensor) && !is_extra_state(named.name)) {
      path.back().key = entry.key;
      named.tensor = tree.tensor(entry.value);
      named.role = model::role_of(tree, path, *named.tensor).role;
    }
    entries.push_back(std::move(named));
  }
  return entries;
}

Pairing pair_by_name(const std::vector<Named>& sources, const std::vector<Named>& targets,
                     const PairingOptions& options) {
  const IndexByName source_of = index_by_common_name(sources, options.source_place);
  const IndexByName target_of = index_by_common_name(targets, options.target_place);
  Pairing pairing;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string& name = targets[i].common_name;
    if (const auto source = source_of.find(name); source != source_of.end()) {
      pairing.pairs.push_back(make_pair(sources, source->second, targets, i, options));
    } else if (is_counter_of_old_norm(name, options.source_versions)) {
      pairing.defaulted.push_back(i);
    } else {
      pairing.missing.push_back(i);
    }
  }
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (!target_of.contains(sources[i].common_name)) pairing.unexpected.push_back(i);
  return pairing;
}

Pairing pair_by_order(const std::vector<Named>& sources, const std::vector<Named>& targets,
                      const PairingOptions& options) {
  Pairing pairing;
  const auto is_list = [](const std::vector<Named>& entries) {
    return !entries.empty() && entries.front().is_listed;
  };
  if (is_list(sources) || is_list(targets))
    pair_kind(sources, targets, std::nullopt, options, pairing);
  else
    for (const model::Role role : {model::Role::parameter, model::Role::buffer})
      pair_kind(sources, targets, role, options, pairing);
  std::ranges::sort(pairing.pairs, {}, &Pair::target);
  return pairing;
}

std::unordered_map<std::string, std::int64_t> module_versions(
    const Tree& tree, NodeId state_dict,
    const std::function<std::string(std::string_view)>& renamed) {
  std::unordered_map<std::string, std::int64_t> versions;
  if (!tree.is(state_dict, Kind::dict)) return versions;
  const NodeId metadata = tree.find(tree.attributes(state_dict), "_metadata");
  if (metadata == no_node || !tree.is(metadata, Kind::dict)) return versions;
  for (const Entry& entry : tree.entries(metadata)) {
    const NodeId version = tree.find(entry.value, "version");
    if (!tree.is(entry.key, Kind::text) || version == no_node || !tree.is(version, Kind::integer))
      continue;
    const std::string_view module = tree.text(entry.key);
    std::string name = renamed(module.empty() ? "" : concat(module, '.'));
    if (name.ends_with('.')) name.pop_back();
    versions.insert_or_assign(std::move(name), tree.integer(version));
  }
  return versions;
}

}  // namespace ckpt::match
