// Small trees for tests, built from the leaves up:
//
//   TreeMaker make;
//   make.tree.set_root(make.dict({{"model", make.ordered({{"w", make.tensor({2, 3})}})}}));
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::samples {

struct TreeMaker {
  using NodeId = model::NodeId;
  using Named = std::initializer_list<std::pair<std::string_view, NodeId>>;

  model::Tree tree = {};

  NodeId none() {
    const NodeId id = tree.add();
    tree.fill_none(id);
    return id;
  }
  NodeId boolean(bool value) {
    const NodeId id = tree.add();
    tree.fill_boolean(id, value);
    return id;
  }
  NodeId integer(std::int64_t value) { return tree.add_integer(value); }
  NodeId real(double value) {
    const NodeId id = tree.add();
    tree.fill_real(id, value);
    return id;
  }
  NodeId text(std::string_view text) { return tree.add_text(text); }
  NodeId text_of(model::Kind kind, std::string_view text) {
    const NodeId id = tree.add();
    tree.fill_text(id, kind, text);
    return id;
  }
  NodeId sequence(model::Kind kind, const std::vector<NodeId>& items) {
    const NodeId id = tree.add();
    tree.fill_items(id, kind, items);
    return id;
  }
  NodeId list(const std::vector<NodeId>& items) { return sequence(model::Kind::list, items); }
  NodeId tuple(const std::vector<NodeId>& items) { return sequence(model::Kind::tuple, items); }
  NodeId symbol(std::string_view module, std::string_view name) {
    const NodeId id = tree.add();
    tree.fill_symbol(id, module, name);
    return id;
  }
  NodeId object(model::Object object) {
    const NodeId id = tree.add();
    tree.fill_object(id, std::move(object));
    return id;
  }

  NodeId dict_of(model::DictType type, const std::vector<model::Entry>& entries,
                 NodeId attributes = model::no_node) {
    const NodeId id = tree.add();
    tree.fill_dict(id, type, entries, attributes);
    return id;
  }
  NodeId dict(Named named) { return dict_of(model::DictType::plain, entries_of(named)); }
  NodeId ordered(Named named, NodeId attributes = model::no_node) {
    return dict_of(model::DictType::ordered, entries_of(named), attributes);
  }

  model::StorageId storage(std::size_t size_bytes, std::optional<model::DType> dtype = {}) {
    return tree.add_storage({.blob = model::make_memory_blob(Bytes(size_bytes)), .dtype = dtype});
  }
  NodeId tensor(model::Tensor tensor) { return tree.add_tensor(std::move(tensor)); }
  /// Dense, in a storage of its own.
  NodeId tensor(const std::vector<std::int64_t>& shape,
                model::DType dtype = model::DType::float32) {
    model::Tensor made{.dtype = dtype, .layout = dense(shape)};
    made.storage = storage(static_cast<std::size_t>(model::dense_bytes(made)), dtype);
    return tensor(std::move(made));
  }
  NodeId view(model::StorageId storage, model::Layout layout,
              model::DType dtype = model::DType::float32) {
    return tensor(model::Tensor{.dtype = dtype, .layout = std::move(layout), .storage = storage});
  }

  static model::Layout dense(const std::vector<std::int64_t>& shape) {
    return {.shape = shape, .stride_elements = model::contiguous_strides(shape)};
  }

  /// The text keys of a dict, in order.
  std::vector<std::string> keys(NodeId dict) const {
    std::vector<std::string> texts;
    for (const model::Entry& entry : tree.entries(dict)) texts.emplace_back(tree.text(entry.key));
    return texts;
  }

 private:
  std::vector<model::Entry> entries_of(Named named) {
    std::vector<model::Entry> entries;
    for (const auto& [key, value] : named) entries.push_back({text(key), value});
    return entries;
  }
};

}  // namespace ckpt::samples
