// Averages by position (diffusers, score_sde) that list all parameters of the model, while the
// optimizer lists only the trained ones. They follow the root by the names of its parameters.
#include <algorithm>
#include <unordered_map>

#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/baggage.hpp"
#include "optim/edit/carry_baggage.hpp"

namespace ckpt::optim {

using model::NodeId;
using model::Tree;

namespace {

std::vector<const Candidate*> parameters_of(const ModelPart& part) {
  std::vector<const Candidate*> parameters;
  for (const Candidate& candidate : part.candidates)
    if (!candidate.is_likely_buffer) parameters.push_back(&candidate);
  return parameters;
}

bool is_aligned(const Tree& tree, std::span<const NodeId> list,
                const std::vector<const Candidate*>& parameters) {
  return std::ranges::equal(list, parameters, [&](NodeId item, const Candidate* parameter) {
    return tree.tensor(item).layout.shape == parameter->shape;
  });
}

/// The list after the edit.
std::vector<NodeId> edited(Tree& tree, const std::vector<NodeId>& list,
                           const std::vector<const Candidate*>& parameters, const RootEdit& edit) {
  std::unordered_map<std::string, NodeId> item_of;
  for (std::size_t i = 0; i < list.size(); ++i) item_of.emplace(parameters[i]->name, list[i]);
  std::unordered_map<NodeId, bool> is_used;
  std::vector<NodeId> items;
  for (const Output& output : edit.outputs) {
    std::vector<NodeId> sources;
    for (const std::string& source : output.sources)
      if (const auto found = item_of.find(source); found != item_of.end())
        sources.push_back(found->second);
    if (sources.empty() || sources.size() != output.sources.size()) continue;
    bool& was_used = is_used[sources.front()];
    if (output.operation)
      items.push_back(output.operation(tree, sources));
    else
      items.push_back(was_used ? model::deep_copy(tree, sources.front()) : sources.front());
    was_used = true;
  }
  return items;
}

}  // namespace

void carry_root_lists(Tree& tree, const ModelView& model, const RootEdit& edit,
                      const std::vector<Identified>& optimizers, CarryReport& report) {
  if (model.root.node == model::no_node || !model.tree.is(model.root.node, model::Kind::dict))
    return;
  const ModelPart part = make_model_part(model.tree, model.root.node);
  const std::vector<const Candidate*> parameters = parameters_of(part);
  for (const Baggage& baggage : find_baggage(tree)) {
    if (baggage.kind != BaggageKind::average_by_list) continue;
    const bool follows_ids = std::ranges::any_of(optimizers, [&](const Identified& identified) {
      return identified.optimizer.slots.size() == baggage.count;
    });
    if (follows_ids) continue;
    const std::vector<NodeId> list = model::copy_items(tree, baggage.node);
    if (!is_aligned(tree, list, parameters)) {
      report.remarks.push_back(concat(quote(baggage.path), " holds ",
                                      counted(list.size(), "tensor"),
                                      " by position, which are not the parameters; left as it is"));
      continue;
    }
    const std::vector<NodeId> items = edited(tree, list, parameters, edit);
    if (items == list) continue;
    tree.set_items(baggage.node, items);
    report.has_changed = true;
  }
}

}  // namespace ckpt::optim
