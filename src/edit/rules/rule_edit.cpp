#include "ckpt/edit/rule_edit.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "edit/rules/module_metadata.hpp"
#include "edit/rules/step_tensors.hpp"

namespace ckpt::edit {

using match::KeyFacts;
using match::Plan;
using match::Step;
using match::StepId;
using match::StepKind;
using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tensor;
using model::Tree;
using optim::Shape;

namespace {

std::string obstacle_of(const Tree& tree, NodeId value) {
  if (!tree.is(value, Kind::tensor)) return "it is no tensor";
  const Tensor& tensor = tree.tensor(value);
  if (tensor.form != model::TensorForm::strided || tensor.storage == model::no_storage)
    return "its elements are not dense (sparse, nested, meta or a subclass)";
  return {};
}

std::vector<Entry> text_entries(const Tree& tree, NodeId state_dict) {
  std::vector<Entry> entries;
  for (const Entry& entry : tree.entries(state_dict))
    if (tree.is(entry.key, Kind::text)) entries.push_back(entry);
  return entries;
}

/// A tensor of its own for `made`: where its sources are, a parameter where the first is one.
NodeId add_tensor(Tree& tree, const tensor::LazyTensor& made, const Tensor* like) {
  Tensor fresh{.dtype = made.dtype(),
               .layout = {.shape = made.shape(),
                          .stride_elements = model::contiguous_strides(made.shape())}};
  std::string location = "cpu";
  if (like) {
    fresh.requires_grad = like->requires_grad;
    fresh.is_parameter = like->is_parameter;
    location = tree.storage_of(like->storage).location;
  }
  fresh.storage = tree.add_storage(
      {.blob = made.dense(), .dtype = made.dtype(), .location = std::move(location)});
  return tree.add_tensor(std::move(fresh));
}

/// Steps that give the same tensor although they are written twice: the same operations on tied
/// sources. Each step is told by the first that is like it.
class SameSteps {
 public:
  SameSteps(const Tree& tree, const Plan& plan, const std::vector<Entry>& entries)
      : tree_(tree), plan_(plan), entries_(entries) {}

  StepId first_like(StepId output) {
    if (const auto known = first_.find(output); known != first_.end()) return known->second;
    std::vector<StepId> open{output};
    while (!open.empty()) {
      const StepId id = open.back();
      bool is_ready = true;
      for (const StepId input : plan_.steps[id].inputs)
        if (!first_.contains(input)) {
          open.push_back(input);
          is_ready = false;
        }
      if (!is_ready) continue;
      open.pop_back();
      first_.try_emplace(id, by_description_.try_emplace(description(id), id).first->second);
    }
    return first_.at(output);
  }

 private:
  std::string description(StepId id) const {
    const Step& step = plan_.steps[id];
    if (step.kind == StepKind::source) return source_description(step.source);
    if (step.kind == StepKind::created) return concat("created ", id);
    std::string text = concat(static_cast<int>(step.kind), " ", static_cast<int>(step.dtype), " ",
                              shape_text(step.shape), " ", step.axis, " ", step.first, " ",
                              real_text(step.number));
    for (const std::size_t place : step.order) text += concat(" ", place);
    for (const StepId input : step.inputs) text += concat(" <", first_.at(input));
    return text;
  }

  std::string source_description(std::size_t key) const {
    const NodeId node = entries_[key].value;
    if (!tree_.is(node, Kind::tensor)) return concat("node ", static_cast<std::uint32_t>(node));
    const Tensor& tensor = tree_.tensor(node);
    if (tensor.storage == model::no_storage)
      return concat("node ", static_cast<std::uint32_t>(node));
    return concat("storage ", static_cast<std::uint32_t>(tensor.storage), " ",
                  static_cast<int>(tensor.dtype), " ", tensor.layout.offset_elements, " ",
                  shape_text(tensor.layout.shape), " ", shape_text(tensor.layout.stride_elements),
                  tensor.is_conjugated ? " c" : "", tensor.is_negated ? " n" : "");
  }

  const Tree& tree_;
  const Plan& plan_;
  const std::vector<Entry>& entries_;
  std::unordered_map<StepId, StepId> first_;
  std::unordered_map<std::string, StepId> by_description_;
};

class Applier {
 public:
  Applier(Tree& tree, const Plan& plan, std::vector<Entry> entries)
      : tree_(tree),
        plan_(plan),
        entries_(std::move(entries)),
        same_steps_(tree, plan, entries_),
        tensors_(
            tree, plan,
            [this](std::size_t key) -> const Tensor& { return tree_.tensor(entries_[key].value); },
            Arithmetic::done) {}

  Entry entry_of(const match::PlannedOutput& output) {
    const NodeId value = within(output.name, [&] { return value_of(output); });
    const bool keeps_key =
        !output.sources.empty() && tree_.is_text(entries_[output.sources.front()].key, output.name);
    return {keeps_key ? entries_[output.sources.front()].key : tree_.add_text(output.name), value};
  }

 private:
  /// What `same` joins of tied sources is that tensor: it stays tied to other keys, too.
  std::optional<std::size_t> one_source_of(const Step& step) {
    if (step.kind != StepKind::same) return std::nullopt;
    const StepId first = same_steps_.first_like(step.inputs.front());
    const bool are_one = std::ranges::all_of(
        step.inputs, [&](StepId input) { return same_steps_.first_like(input) == first; });
    if (!are_one || plan_.steps[first].kind != StepKind::source) return std::nullopt;
    return plan_.steps[first].source;
  }

  NodeId value_of(const match::PlannedOutput& output) {
    const Step& step = plan_.steps[output.step];
    if (step.kind == StepKind::source) return entries_[step.source].value;
    if (const auto tied = one_source_of(step)) return entries_[*tied].value;
    const StepId first = same_steps_.first_like(output.step);
    const auto [known, is_new] = node_of_.try_emplace(first, model::no_node);
    if (is_new) {
      const Tensor* like =
          output.sources.empty() ? nullptr : &tree_.tensor(entries_[output.sources.front()].value);
      known->second = add_tensor(tree_, tensors_.make(first), like);
    }
    return known->second;
  }

  Tree& tree_;
  const Plan& plan_;
  std::vector<Entry> entries_;
  SameSteps same_steps_;
  StepTensors tensors_;
  std::unordered_map<StepId, NodeId> node_of_;
};

/// The sources of one output: those that have states, and those that came without.
struct StateSources {
  std::vector<std::size_t> own;  // in the order of the output's sources
  std::unordered_map<std::size_t, Shape> newcomers;
};

NodeId add_zeros(Tree& tree, const Shape& shape, const Tensor& like) {
  const auto size_bytes =
      static_cast<std::size_t>(model::element_count(shape)) * model::row_of(like.dtype).size_bytes;
  const tensor::LazyTensor zeros(model::make_memory_blob(Bytes(size_bytes)), like.dtype, shape);
  return add_tensor(tree, zeros, &like);
}

/// The steps of `output`, for states of its own sources in their order.
optim::TensorOperation operation_of(std::shared_ptr<const Plan> plan, StepId output,
                                    StateSources sources) {
  return [plan = std::move(plan), output, sources = std::move(sources)](
             Tree& tree, std::span<const NodeId> states) {
    const Tensor like = tree.tensor(states.front());
    std::unordered_map<std::size_t, NodeId> state_of_key;
    for (std::size_t i = 0; i < states.size(); ++i) state_of_key[sources.own[i]] = states[i];
    for (const auto& [key, shape] : sources.newcomers)
      state_of_key[key] = add_zeros(tree, shape, like);
    const auto state_of = [&](std::size_t key) -> const Tensor& {
      return tree.tensor(state_of_key.at(key));
    };
    StepTensors tensors(tree, *plan, state_of, Arithmetic::left_out);
    return add_tensor(tree, tensors.make(output), &like);
  };
}

}  // namespace

std::vector<KeyFacts> key_facts(const Tree& tree, NodeId state_dict) {
  std::vector<KeyFacts> facts;
  if (!tree.is(state_dict, Kind::dict)) return facts;
  for (const Entry& entry : text_entries(tree, state_dict)) {
    KeyFacts& key = facts.emplace_back(KeyFacts{.key = std::string(tree.text(entry.key))});
    key.obstacle = obstacle_of(tree, entry.value);
    if (!tree.is(entry.value, Kind::tensor)) continue;
    key.shape = tree.tensor(entry.value).layout.shape;
    key.dtype = tree.tensor(entry.value).dtype;
  }
  return facts;
}

optim::RootEdit make_root_edit(const Plan& plan, std::span<const KeyFacts> facts,
                               const std::unordered_set<std::string>& newcomers) {
  const auto shared_plan = std::make_shared<const Plan>(plan);
  optim::RootEdit edit;
  edit.follow_modules = [shared_plan, keys = std::vector<KeyFacts>(facts.begin(), facts.end())](
                            Tree& tree, NodeId state_dict, std::string_view prefix) {
    follow_modules(tree, state_dict, *shared_plan, keys, prefix);
  };
  for (const match::PlannedOutput& planned : plan.outputs) {
    optim::Output& output =
        edit.outputs.emplace_back(optim::Output{.name = planned.name, .sources = {}});
    StateSources sources;
    for (const std::size_t key : planned.sources) {
      if (newcomers.contains(facts[key].key)) {
        sources.newcomers.emplace(key, facts[key].shape);
        continue;
      }
      sources.own.push_back(key);
      output.sources.push_back(facts[key].key);
    }
    if (sources.own.empty() || plan.steps[planned.step].kind == StepKind::source) continue;
    output.operation = operation_of(shared_plan, planned.step, std::move(sources));
    output.is_fresh = is_scaled(plan, planned.step);
  }
  return edit;
}

void apply_plan(Tree& tree, NodeId state_dict, const Plan& plan, std::span<const KeyFacts> facts) {
  std::vector<Entry> entries;
  for (const Entry& entry : tree.entries(state_dict))
    if (!tree.is(entry.key, Kind::text)) entries.push_back(entry);
  Applier applier(tree, plan, text_entries(tree, state_dict));
  for (const match::PlannedOutput& output : plan.outputs)
    entries.push_back(applier.entry_of(output));
  tree.set_entries(state_dict, entries);
  follow_modules(tree, state_dict, plan, facts);
}

}  // namespace ckpt::edit
