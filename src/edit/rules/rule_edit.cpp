#include "ckpt/edit/rule_edit.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/optim/optimizer.hpp"
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
  SameSteps(const Tree& tree, const Plan& plan, const std::vector<NodeId>& values)
      : tree_(tree), plan_(plan), values_(values) {}

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
    const NodeId node = values_[key];
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
  const std::vector<NodeId>& values_;
  std::unordered_map<StepId, StepId> first_;
  std::unordered_map<std::string, StepId> by_description_;
};

/// What the plan is about. States and values that are made later refer to it.
struct PlannedEdit {
  Plan plan;
  std::vector<RuleSource> sources;  // by key
};

/// The values that the plan makes for one dict: outputs of one step are one tensor.
class PlannedValues {
 public:
  PlannedValues(Tree& tree, std::shared_ptr<const PlannedEdit> edit,
                const model::ValueBefore& before)
      : tree_(tree),
        edit_(std::move(edit)),
        values_(values_before(*edit_, before)),
        same_steps_(tree, edit_->plan, values_),
        tensors_(
            tree, edit_->plan,
            [this](std::size_t key) -> const Tensor& { return source_tensor(key); },
            Arithmetic::done) {
    for (const match::PlannedOutput& output : edit_->plan.outputs)
      planned_.try_emplace(output.name, &output);
  }

  NodeId value_of(const std::string& name) {
    return within(name, [&] { return value_of(*planned_.at(name)); });
  }

 private:
  static std::vector<NodeId> values_before(const PlannedEdit& edit,
                                           const model::ValueBefore& before) {
    std::vector<NodeId> values;
    for (const RuleSource& source : edit.sources)
      values.push_back(source.name_in_root ? before(*source.name_in_root) : source.value);
    return values;
  }

  const Tensor& source_tensor(std::size_t key) const {
    if (!tree_.is(values_[key], Kind::tensor))
      throw Error(ErrorKind::conflict, concat("a source of it is no tensor"));
    return tree_.tensor(values_[key]);
  }

  /// What `same` joins of tied sources is that tensor: it stays tied to other keys, too.
  std::optional<std::size_t> one_source_of(const Step& step) {
    if (step.kind != StepKind::same) return std::nullopt;
    const StepId first = same_steps_.first_like(step.inputs.front());
    const bool are_one = std::ranges::all_of(
        step.inputs, [&](StepId input) { return same_steps_.first_like(input) == first; });
    if (!are_one || edit_->plan.steps[first].kind != StepKind::source) return std::nullopt;
    return edit_->plan.steps[first].source;
  }

  NodeId value_of(const match::PlannedOutput& output) {
    const Step& step = edit_->plan.steps[output.step];
    if (step.kind == StepKind::source) return values_[step.source];
    if (const auto tied = one_source_of(step)) return values_[*tied];
    const StepId first = same_steps_.first_like(output.step);
    const auto [known, is_new] = node_of_.try_emplace(first, model::no_node);
    if (is_new) {
      const Tensor* like =
          output.sources.empty() ? nullptr : &source_tensor(output.sources.front());
      known->second = add_tensor(tree_, tensors_.make(first), like);
    }
    return known->second;
  }

  Tree& tree_;
  std::shared_ptr<const PlannedEdit> edit_;
  std::vector<NodeId> values_;  // before the edit, by key
  SameSteps same_steps_;
  StepTensors tensors_;
  std::unordered_map<StepId, NodeId> node_of_;
  std::unordered_map<std::string_view, const match::PlannedOutput*> planned_;  // by name
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
model::TensorOperation operation_of(std::shared_ptr<const PlannedEdit> edit, StepId output,
                                    StateSources sources) {
  return [edit = std::move(edit), output, sources = std::move(sources)](
             Tree& tree, std::span<const NodeId> states) {
    const Tensor like = tree.tensor(states.front());
    std::unordered_map<std::size_t, NodeId> state_of_key;
    for (std::size_t i = 0; i < states.size(); ++i) state_of_key[sources.own[i]] = states[i];
    for (const auto& [key, shape] : sources.newcomers)
      state_of_key[key] = add_zeros(tree, shape, like);
    const auto state_of = [&](std::size_t key) -> const Tensor& {
      return tree.tensor(state_of_key.at(key));
    };
    StepTensors tensors(tree, edit->plan, state_of, Arithmetic::left_out);
    return add_tensor(tree, tensors.make(output), &like);
  };
}

}  // namespace

model::RootEdit by_rules(const Plan& plan, const RuleKeys& keys) {
  const auto planned = std::make_shared<const PlannedEdit>(PlannedEdit{plan, keys.sources});
  model::RootEdit edit{.outputs = {}, .empty_modules = model::EmptyModules::go};
  edit.begin_values = [planned](Tree& tree, const model::ValueBefore& before) {
    const auto values = std::make_shared<PlannedValues>(tree, planned, before);
    return [values](const model::Output& output) { return values->value_of(output.name); };
  };
  for (const match::PlannedOutput& one : plan.outputs) {
    model::Output& output =
        edit.outputs.emplace_back(model::Output{.name = one.name, .sources = {}});
    StateSources sources;
    for (const std::size_t key : one.sources) {
      if (!keys.sources[key].name_in_root) {
        sources.newcomers.emplace(key, keys.facts[key].shape);
        continue;
      }
      sources.own.push_back(key);
      output.sources.push_back(*keys.sources[key].name_in_root);
    }
    if (sources.own.empty() || plan.steps[one.step].kind == StepKind::source) continue;
    output.operation = operation_of(planned, one.step, std::move(sources));
    output.is_fresh = is_scaled(plan, one.step);
  }
  return edit;
}

}  // namespace ckpt::edit
