// Walks the pickle graph once with a worklist. Rebuild calls are recognised by rebuild.cpp, dicts
// that are made by calls by dict_objects.cpp, storages by storage_table.cpp; everything else is
// copied.

#include "ckpt/torch/read_tree.hpp"

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "torch/dict_objects.hpp"
#include "torch/rebuild.hpp"
#include "torch/storage_table.hpp"

namespace ckpt::torch {

namespace {

using model::Tree;
using pickle::Graph;
using pickle::Kind;

model::StepKind to_model(pickle::StepKind kind) {
  switch (kind) {
    case pickle::StepKind::append:
      return model::StepKind::append;
    case pickle::StepKind::set_item:
      return model::StepKind::set_item;
    case pickle::StepKind::add:
      return model::StepKind::add;
    case pickle::StepKind::build:
      return model::StepKind::build;
  }
  throw std::logic_error("unknown step");
}

model::Construction to_model(pickle::Construction construction) {
  switch (construction) {
    case pickle::Construction::reduce:
      return model::Construction::reduce;
    case pickle::Construction::newobj:
      return model::Construction::newobj;
    case pickle::Construction::newobj_ex:
      return model::Construction::newobj_ex;
  }
  throw std::logic_error("unknown construction");
}

/// CPython's pickler stops at the recursion limit, 1000 by default. A file that is nested far
/// deeper was made to exhaust its reader; here each level costs memory.
constexpr std::uint32_t deepest_nesting = 100'000;

/// Longer names are not interned but shared like other texts: looking one up costs its length.
constexpr std::size_t longest_interned_bytes = 1000;

/// Gives each reachable graph node a tree node when it is first referred to, and fills the nodes
/// from a worklist. The order does not matter, so cycles and any depth work without recursion.
class TreeReader {
 public:
  TreeReader(const Graph& graph, const StorageLoader& load, model::ByteOrder byte_order)
      : graph_(graph),
        storages_(graph, tree_, load, byte_order),
        mapped_(graph.size(), model::no_node),
        is_state_(graph.size()) {}

  Tree read() {
    tree_.set_root(refer(graph_.root()));
    while (!pending_.empty()) {
      const Pending next = pending_.back();
      pending_.pop_back();
      fill_at(next);
    }
    return std::move(tree_);
  }

 private:
  struct Pending {
    pickle::NodeId node = pickle::no_node;
    pickle::NodeId key = pickle::no_node;  // its key in a dict, for messages
    std::uint32_t depth = 0;
  };

  model::NodeId refer(pickle::NodeId node, pickle::NodeId key = pickle::no_node) {
    if (node == pickle::no_node) return model::no_node;
    model::NodeId& mapped = mapped_[static_cast<std::size_t>(node)];
    if (mapped == model::no_node) {
      mapped = tree_.add();
      pending_.push_back({node, key, depth_ + 1});
    }
    return mapped;
  }

  void fill_at(const Pending& next) {
    depth_ = next.depth;
    if (depth_ > deepest_nesting)
      throw Error(ErrorKind::limit, concat("values are nested more than ", deepest_nesting,
                                           " levels deep, which no pickler writes"));
    try {
      fill(mapped_[static_cast<std::size_t>(next.node)], next.node);
    } catch (Error& error) {
      const bool is_keyed = next.key != pickle::no_node && graph_.is(next.key, Kind::text);
      if (is_keyed) error.add_place(concat("key ", quote(graph_.text(next.key))));
      throw;
    }
  }

  void fill(model::NodeId id, pickle::NodeId node) {
    switch (graph_.kind(node)) {
      case Kind::none:
        return tree_.fill_none(id);
      case Kind::boolean:
        return tree_.fill_boolean(id, graph_.boolean(node));
      case Kind::integer:
        return tree_.fill_integer(id, graph_.integer(node));
      case Kind::big_integer:
        return tree_.fill_text(id, model::Kind::big_integer, graph_.text(node));
      case Kind::real:
        return tree_.fill_real(id, graph_.real(node));
      case Kind::text:
        return tree_.fill_text(id, model::Kind::text, graph_.text(node));
      case Kind::raw_text:
        return fill_raw_text(id, graph_.text(node));
      case Kind::bytes:
        return tree_.fill_text(id, model::Kind::bytes, graph_.text(node));
      case Kind::byte_array:
        return tree_.fill_text(id, model::Kind::byte_array, graph_.text(node));
      case Kind::tuple:
        return fill_items(id, model::Kind::tuple, node);
      case Kind::list:
        return fill_items(id, model::Kind::list, node);
      case Kind::set:
        return fill_items(id, model::Kind::set, node);
      case Kind::frozen_set:
        return fill_items(id, model::Kind::frozen_set, node);
      case Kind::dict:
        if (is_state_[static_cast<std::size_t>(node)]) return fill_attributes(id, node);
        return fill_dict(id, model::DictType::plain, graph_.entries(node), pickle::no_node);
      case Kind::global:
        return fill_symbol(id, graph_.global(node));
      case Kind::persistent:
        return fill_persistent(id, node);
      case Kind::object:
        return fill_object(id, node);
    }
  }

  /// torch.load decodes Python 2 strings as UTF-8. A string that is not UTF-8 stays bytes.
  void fill_raw_text(model::NodeId id, std::string_view text) {
    tree_.fill_text(id, is_utf8(text) ? model::Kind::text : model::Kind::raw_text, text);
  }

  void fill_items(model::NodeId id, model::Kind kind, pickle::NodeId node) {
    items_.clear();
    for (const pickle::NodeId item : graph_.items(node)) items_.push_back(refer(item));
    tree_.fill_items(id, kind, items_);
  }

  void fill_dict(model::NodeId id, model::DictType type, std::span<const pickle::Entry> entries,
                 pickle::NodeId attributes) {
    entries_.clear();
    for (const pickle::Entry& entry : entries)
      entries_.push_back({refer(entry.key), refer(entry.value, entry.key)});
    if (attributes != pickle::no_node) is_state_[static_cast<std::size_t>(attributes)] = true;
    tree_.fill_dict(id, type, entries_, refer(attributes));
  }

  /// Reads the attributes of an object. CPython interns attribute names when it loads them: a name
  /// is one string object for all objects, and not the same object as an equal key of a dict.
  void fill_attributes(model::NodeId id, pickle::NodeId node) {
    entries_.clear();
    for (const pickle::Entry& entry : graph_.entries(node))
      entries_.push_back({refer_to_name(entry.key), refer(entry.value, entry.key)});
    tree_.fill_dict(id, model::DictType::plain, entries_);
  }

  model::NodeId refer_to_name(pickle::NodeId key) {
    // A text of one character is one object in CPython anyway.
    const bool is_name = graph_.is(key, Kind::text) && graph_.text(key).size() > 1 &&
                         graph_.text(key).size() <= longest_interned_bytes;
    if (!is_name) return refer(key);
    const auto [known, is_new] = attribute_names_.try_emplace(graph_.text(key), model::no_node);
    if (is_new) {
      known->second = tree_.add();
      tree_.fill_text(known->second, model::Kind::text, graph_.text(key));
    }
    return known->second;
  }

  void fill_symbol(model::NodeId id, pickle::Global global) {
    tree_.fill_symbol(id, global.module, global.name);
  }

  void fill_persistent(model::NodeId id, pickle::NodeId node) {
    if (storages_.is_storage(node)) return tree_.fill_storage(id, storages_.bare_storage_of(node));
    tree_.fill_external(id, refer(graph_.persistent_id(node)));
  }

  void fill_object(model::NodeId id, pickle::NodeId node) {
    storages_.shared_arguments().count(graph_.object(node));
    if (std::optional<Rebuilt> rebuilt = find_rebuilt(graph_, node, storages_)) {
      if (!rebuilt->is_complete) {
        rebuilt->tensor.source = tree_.add();
        carry_object(rebuilt->tensor.source, node);
      }
      return tree_.fill_tensor(id, std::move(rebuilt->tensor));
    }
    if (const auto ordered = find_ordered_dict(graph_, node))
      return fill_dict(id, model::DictType::ordered, ordered->entries, ordered->attributes);
    if (const auto custom = find_custom_dict(graph_, node))
      return fill_custom_dict(id, node, *custom);
    carry_object(id, node);
  }

  void fill_custom_dict(model::NodeId id, pickle::NodeId node, const DictObject& custom) {
    fill_dict(id, model::DictType::custom, custom.entries, custom.attributes);
    const model::NodeId maker = tree_.add();
    tree_.fill_object(maker, without_steps(graph_.object(node)));
    tree_.set_maker(id, maker);
  }

  model::Object without_steps(const pickle::Object& object) {
    return {.construction = to_model(object.construction),
            .callable = refer(object.callable),
            .args = refer(object.args),
            .keywords = refer(object.keywords)};
  }

  void carry_object(model::NodeId id, pickle::NodeId node) {
    const pickle::Object& object = graph_.object(node);
    model::Object carried = without_steps(object);
    carried.steps.reserve(object.steps.size());
    for (const pickle::Step& step : object.steps) {
      if (step.kind == pickle::StepKind::build)
        is_state_[static_cast<std::size_t>(step.value)] = true;
      carried.steps.push_back({to_model(step.kind), refer(step.key), refer(step.value, step.key)});
    }
    tree_.fill_object(id, std::move(carried));
  }

  const Graph& graph_;
  Tree tree_;
  StorageTable storages_;
  std::vector<model::NodeId> mapped_;
  std::vector<bool> is_state_;  // dicts that BUILD sets as a state
  std::unordered_map<std::string_view, model::NodeId> attribute_names_;
  std::vector<Pending> pending_;
  std::uint32_t depth_ = 0;  // depth of the node that is being filled
  std::vector<model::NodeId> items_;
  std::vector<model::Entry> entries_;
};

}  // namespace

Tree read_tree(const Graph& graph, const StorageLoader& load_storage, model::ByteOrder byte_order) {
  return TreeReader(graph, load_storage, byte_order).read();
}

}  // namespace ckpt::torch
