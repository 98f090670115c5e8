#include "commands/ls_parameters.hpp"

#include "ckpt/model/walk.hpp"
#include "ckpt/optim/identify.hpp"

namespace ckpt::commands {

std::unordered_map<model::NodeId, StateOwner> find_state_owners(const model::Tree& tree) {
  std::unordered_map<model::NodeId, StateOwner> owners;
  for (const auto& [optimizer, resolution] : optim::identify(tree, tree)) {
    if (!resolution.is_settled() || resolution.names.size() != optimizer.slots.size()) continue;
    for (std::size_t i = 0; i < optimizer.slots.size(); ++i) {
      if (optimizer.slots[i].state == model::no_node) continue;
      model::Walk walk(tree, optimizer.slots[i].state);
      while (walk.next()) {
        if (!tree.is(walk.node(), model::Kind::tensor)) continue;
        const auto [known, is_new] =
            owners.try_emplace(walk.node(), StateOwner{resolution.names[i], resolution.level});
        if (!is_new && known->second.name != resolution.names[i]) known->second.name.clear();
      }
    }
  }
  std::erase_if(owners, [](const auto& owner) { return owner.second.name.empty(); });
  return owners;
}

}  // namespace ckpt::commands
