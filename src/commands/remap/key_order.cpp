#include "commands/remap/key_order.hpp"

#include <algorithm>
#include <unordered_map>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

namespace {

using Places = std::unordered_map<std::string, std::size_t>;

std::vector<std::string> names_of(const model::RootEdit& edit) {
  std::vector<std::string> names;
  for (const model::Output& output : edit.outputs) names.push_back(output.name);
  return names;
}

}  // namespace

std::vector<std::string> keys_like(const std::filesystem::path& path) {
  const Checkpoint checkpoint = open_for_reading(path, std::nullopt);
  std::vector<std::string> names;
  const model::Tree& tree = checkpoint.tree();
  if (!tree.is(checkpoint.root.node, model::Kind::dict)) return names;
  for (const model::Entry& entry : tree.entries(checkpoint.root.node))
    if (tree.is(entry.key, model::Kind::text)) names.emplace_back(tree.text(entry.key));
  return names;
}

void sort_outputs(model::RootEdit& edit, const std::vector<std::string>& names) {
  Places place;
  for (const std::string& name : names) place.try_emplace(name, place.size());
  const std::vector<std::string> present = names_of(edit);
  for (const std::string& name : present)
    if (!place.contains(name))
      throw Error(ErrorKind::conflict, concat("the new order lacks the key ", quote(name)),
                  did_you_mean(find_closest(name, names)));
  Places known;
  for (const std::string& name : present) known.try_emplace(name, known.size());
  for (const std::string& name : names)
    if (!known.contains(name))
      throw Error(ErrorKind::conflict,
                  concat("the new order has the key ", quote(name), ", the state dict has not"),
                  did_you_mean(find_closest(name, present)));
  std::ranges::stable_sort(edit.outputs, {},
                           [&](const model::Output& output) { return place.at(output.name); });
}

}  // namespace ckpt::commands
