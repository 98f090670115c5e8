// Small questions and trees for the tests of optimizers.
#pragma once

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim::testing {

using Named = std::pair<std::string, Shape>;

inline ModelPart part_of(const std::vector<Named>& parameters) {
  ModelPart part{.path = "model", .is_in_module_order = true};
  for (const auto& [name, shape] : parameters)
    part.candidates.push_back({.name = name, .shape = shape});
  return part;
}

inline Question ask(const std::vector<Named>& parameters,
                    const std::vector<std::vector<std::optional<Shape>>>& groups) {
  return {.groups = groups, .parts = {part_of(parameters)}};
}

/// nn.Sequential of `count` Linear(16, 16).
inline std::vector<Named> equal_linears(int count, bool has_bias) {
  std::vector<Named> parameters;
  for (int i = 0; i < count; ++i) {
    parameters.emplace_back(std::to_string(i) + ".weight", Shape{16, 16});
    if (has_bias) parameters.emplace_back(std::to_string(i) + ".bias", Shape{16});
  }
  return parameters;
}

inline std::vector<std::optional<Shape>> shapes_of(const std::vector<Named>& parameters) {
  std::vector<std::optional<Shape>> shapes;
  for (const auto& [name, shape] : parameters) shapes.emplace_back(shape);
  return shapes;
}

/// Builds values of a tree in a few words.
class TreeBuilder {
 public:
  model::Tree tree;

  model::NodeId real(double value) {
    const model::NodeId id = tree.add();
    tree.fill_real(id, value);
    return id;
  }
  model::NodeId tensor(const Shape& shape, float value) {
    model::Tensor made;
    made.layout = {shape, model::contiguous_strides(shape), 0};
    Bytes bytes(static_cast<std::size_t>(model::element_count(shape)) * sizeof(float));
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(float))
      std::memcpy(bytes.data() + at, &value, sizeof(float));
    made.storage = tree.add_storage(
        {.blob = model::make_memory_blob(std::move(bytes)), .dtype = model::DType::float32});
    return tree.add_tensor(std::move(made));
  }
  model::NodeId dict(const std::vector<std::pair<std::string, model::NodeId>>& values) {
    std::vector<model::Entry> entries;
    for (const auto& [key, value] : values) entries.push_back({tree.add_text(key), value});
    const model::NodeId id = tree.add();
    tree.fill_dict(id, model::DictType::plain, entries);
    return id;
  }
  model::NodeId list(const std::vector<model::NodeId>& items) {
    const model::NodeId id = tree.add();
    tree.fill_items(id, model::Kind::list, items);
    return id;
  }
  /// An Adam with one group: entry i has step i + 1 and moments filled with i.
  model::NodeId adam(const std::vector<Shape>& shapes) {
    std::vector<model::NodeId> ids;
    std::vector<model::Entry> states;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const auto number = static_cast<float>(i);
      ids.push_back(tree.add_integer(static_cast<std::int64_t>(i)));
      states.push_back({ids.back(), dict({{"step", tensor({}, number + 1)},
                                          {"exp_avg", tensor(shapes[i], number)},
                                          {"exp_avg_sq", tensor(shapes[i], number)}})});
    }
    const model::NodeId state = tree.add();
    tree.fill_dict(state, model::DictType::plain, states);
    const model::NodeId group = dict({{"lr", real(0.1)},
                                      {"amsgrad", real(0)},
                                      {"betas", list({real(0.5), real(0.75)})},
                                      {"params", list(ids)}});
    return dict({{"state", state}, {"param_groups", list({group})}});
  }
};

/// {'model': {names: tensors}, 'optimizer': an Adam over all of them}
inline TreeBuilder training(const std::vector<Named>& parameters) {
  TreeBuilder made;
  std::vector<std::pair<std::string, model::NodeId>> values;
  std::vector<Shape> shapes;
  for (const auto& [name, shape] : parameters) {
    values.emplace_back(name, made.tensor(shape, 0));
    shapes.push_back(shape);
  }
  const model::NodeId model = made.dict(values);
  made.tree.set_root(made.dict({{"model", model}, {"optimizer", made.adam(shapes)}}));
  return made;
}

}  // namespace ckpt::optim::testing
