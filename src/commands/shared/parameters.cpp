#include "commands/shared/parameters.hpp"

#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/optim/identify.hpp"

namespace ckpt::commands {

namespace {

bool holds_others(model::Kind kind) {
  return kind == model::Kind::dict || kind == model::Kind::list || kind == model::Kind::tuple ||
         kind == model::Kind::object;
}

}  // namespace

StateOwners find_state_owners(const model::Tree& tree) {
  StateOwners owners;
  for (const auto& [optimizer, resolution] : optim::identify(tree, tree)) {
    if (!resolution.is_settled() || resolution.names.size() != optimizer.slots.size()) continue;
    for (std::size_t i = 0; i < optimizer.slots.size(); ++i) {
      if (optimizer.slots[i].state == model::no_node) continue;
      model::Walk walk(tree, optimizer.slots[i].state);
      while (walk.next()) {
        if (holds_others(tree.kind(walk.node()))) continue;
        const auto [known, is_new] =
            owners.try_emplace(walk.node(), StateOwner{resolution.names[i], resolution.level});
        if (!is_new && known->second.name != resolution.names[i]) known->second.name.clear();
      }
    }
  }
  std::erase_if(owners, [](const auto& owner) { return owner.second.name.empty(); });
  return owners;
}

std::string owner_text(const StateOwners& owners, model::NodeId node) {
  const auto owner = owners.find(node);
  if (owner == owners.end()) return {};
  const auto& [name, level] = owner->second;
  const bool is_sure = level == optim::Level::named || level == optim::Level::proved;
  return is_sure ? name : concat(name, " (", optim::level_text(level), ")");
}

}  // namespace ckpt::commands
