// The content of a checkpoint, whatever its file format: Python values with tensors at some leaves.
// Readers of formats make a Tree, writers write one, and every command works on it.
//
// A Tree is an arena like the pickle Graph: a NodeId addresses a node, two references to one object
// are one NodeId, and a list may contain itself. No function recurses over the depth of a file. A
// text is a node, too, because the pickle shows whether two equal keys are one string object.
//
//   dict { text "model": dict(ordered) { text "fc.weight": tensor }, text "epoch": integer 3 }
//
// Several threads may call const functions of a Tree at the same time while no thread changes it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/arena.hpp"
#include "ckpt/model/node_id.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::model {

enum class Kind : std::uint8_t {
  none,
  boolean,
  integer,
  big_integer,  ///< beyond 64 bits: two's complement, little endian
  real,
  text,      ///< UTF-8, lone surrogates in three bytes
  raw_text,  ///< a Python 2 string that is not UTF-8
  bytes,
  byte_array,
  tuple,
  list,
  set,
  frozen_set,
  dict,
  symbol,   ///< a class or function, by name; never called
  object,   ///< any other object, as the call that creates it
  storage,  ///< a storage that occurs without a tensor
  tensor,
  external,  ///< a reference that only the reader of the file can resolve; its id is a node
};

struct Entry {
  NodeId key = no_node;
  NodeId value = no_node;
};

/// dict, collections.OrderedDict, or another subclass.
enum class DictType : std::uint8_t {
  plain,
  ordered,
  custom,  ///< a subclass of dict: `maker` is called, then the entries are set
};

/// A global of Python: a class or a function.
struct Symbol {
  std::string_view module;
  std::string_view name;
  bool operator==(const Symbol&) const = default;
};

enum class Construction : std::uint8_t { reduce, newobj, newobj_ex };
enum class StepKind : std::uint8_t { append, set_item, add, build };

struct Step {
  StepKind kind = StepKind::append;
  NodeId key = no_node;
  NodeId value = no_node;
};

/// The object is callable(*args), then the steps are done in order.
struct Object {
  Construction construction = Construction::reduce;
  NodeId callable = no_node;
  NodeId args = no_node;
  NodeId keywords = no_node;
  std::vector<Step> steps = {};
};

class Tree {
 public:
  NodeId root() const { return root_; }
  void set_root(NodeId root) { root_ = root; }
  std::size_t size() const { return nodes_.size(); }
  void reserve(std::size_t nodes) { nodes_.reserve(nodes); }

  Kind kind(NodeId id) const { return node(id).kind; }
  bool is(NodeId id, Kind kind) const { return node(id).kind == kind; }

  // Each accessor accepts only a node of its kind and throws std::logic_error otherwise. Spans and
  // references are valid until the tree changes.
  bool boolean(NodeId id) const;
  std::int64_t integer(NodeId id) const;
  double real(NodeId id) const;
  std::string_view text(NodeId id) const;  ///< text, raw_text, bytes, byte_array, big_integer
  std::span<const NodeId> items(NodeId id) const;   ///< tuple, list, set, frozen_set
  std::span<const Entry> entries(NodeId id) const;  ///< dict
  DictType dict_type(NodeId id) const;
  /// The node of the attributes of an ordered or custom dict (`_metadata` is one of them); no_node
  /// when there are none.
  NodeId attributes(NodeId dict) const;
  /// For a custom dict: the object, without steps, that creates it empty.
  NodeId maker(NodeId dict) const;
  Symbol symbol(NodeId id) const;
  const Object& object(NodeId id) const;
  StorageId storage(NodeId id) const;
  const Tensor& tensor(NodeId id) const;
  NodeId external_id(NodeId id) const;

  bool is_text(NodeId id, std::string_view text) const;
  bool is_symbol(NodeId id, std::string_view module, std::string_view name) const;
  /// The value of the last entry of `dict` with this text as key; no_node when there is none or
  /// when `dict` is not a dict.
  NodeId find(NodeId dict, std::string_view key) const;

  /// Adds a node. It is None until a fill_... function gives it a value.
  NodeId add();
  void fill_none(NodeId id);
  void fill_boolean(NodeId id, bool value);
  void fill_integer(NodeId id, std::int64_t value);
  void fill_real(NodeId id, double value);
  void fill_text(NodeId id, Kind kind, std::string_view text);
  void fill_items(NodeId id, Kind kind, std::span<const NodeId> items);
  void fill_dict(NodeId id, DictType type, std::span<const Entry> entries,
                 NodeId attributes = no_node);
  /// Turns a filled dict into a custom one.
  void set_maker(NodeId dict, NodeId maker);
  void fill_symbol(NodeId id, std::string_view module, std::string_view name);
  void fill_object(NodeId id, Object object);
  void fill_storage(NodeId id, StorageId storage);
  void fill_tensor(NodeId id, Tensor tensor);
  void fill_external(NodeId id, NodeId external_id);

  /// Adds a text node. Texts of one character up to U+00FF, and the empty text, are one shared node
  /// per value, as they are one object in CPython.
  NodeId add_text(std::string_view text);
  NodeId add_integer(std::int64_t value);
  NodeId add_real(double value);
  NodeId add_tuple(std::span<const NodeId> items);
  NodeId add_list(std::span<const NodeId> items);
  NodeId add_dict(std::span<const Entry> entries, DictType type = DictType::plain,
                  NodeId attributes = no_node);
  NodeId add_tensor(Tensor tensor);

  /// Replace the content of a container; its identity, type and attributes stay.
  void set_items(NodeId id, std::span<const NodeId> items);
  void set_entries(NodeId dict, std::span<const Entry> entries);
  void set_attributes(NodeId dict, NodeId attributes);
  Tensor& mutable_tensor(NodeId id);
  Object& mutable_object(NodeId id);

  std::span<const Storage> storages() const { return storages_; }
  const Storage& storage_of(StorageId id) const { return storages_[static_cast<std::size_t>(id)]; }
  /// The storage of a tensor; an empty one for tensors without a storage (meta, sparse).
  const Storage& storage_of(const Tensor& tensor) const;
  Storage& mutable_storage(StorageId id) { return storages_[static_cast<std::size_t>(id)]; }
  StorageId add_storage(Storage storage);

 private:
  struct Node {
    Kind kind = Kind::none;
    DictType dict_type = DictType::plain;
    std::uint32_t count = 0;  // bytes of a text, items, entries
    std::uint64_t value = 0;  // the number itself, a pointer, or the index of the first item
  };

  static constexpr std::array<NodeId, 257> no_nodes() {
    std::array<NodeId, 257> nodes{};
    nodes.fill(no_node);
    return nodes;
  }
  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  Node& node(NodeId id) { return nodes_[static_cast<std::size_t>(id)]; }
  const Node& expect(NodeId id, Kind kind) const;
  Node& refill(NodeId id, Kind kind);

  NodeId root_ = no_node;
  std::vector<Node> nodes_;
  TextArena texts_;
  std::vector<NodeId> items_;
  std::vector<Entry> entries_;  // the run of a dict ends with {maker, attributes}
  std::vector<Symbol> symbols_;
  std::vector<Object> objects_;
  std::vector<Tensor> tensors_;
  std::vector<Storage> storages_;
  std::array<NodeId, 257> short_texts_ = no_nodes();  // the first node of each short text
};

}  // namespace ckpt::model
