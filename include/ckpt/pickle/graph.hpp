// The content of a pickle as data: values, globals as names, calls as records. Nothing is imported
// or called, so a hostile pickle is only data too.
//
// A Graph is an arena. A NodeId addresses a node; two references to one Python object are one
// NodeId (the pickle's memo gives the identity), and a list may contain itself. No function
// recurses over the depth of the pickle, and freeing a Graph does not either.
//
//   (dp0 S'a' I1 s.                 dict{ text "a": integer 1 }
//   ccollections\nOrderedDict\n)R   object{ reduce, global collections.OrderedDict, () }
//
// Several threads may read a Graph while no thread changes it.
//   ccollections\nOrderedDict\n)R   object{ reduce, global collections.OrderedDict, () }
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/arena.hpp"
#include "ckpt/base/bytes.hpp"
#include "ckpt/pickle/chunked.hpp"

namespace ckpt::pickle {

enum class NodeId : std::uint32_t {};
inline constexpr NodeId no_node{0xFFFF'FFFF};

enum class Kind : std::uint8_t {
  none,
  boolean,
  integer,      ///< fits in 64 bits
  big_integer,  ///< does not; two's complement, little endian
  real,
  text,        ///< str: UTF-8, lone surrogates in three bytes
  raw_text,    ///< str of Python 2: bytes in an unknown encoding
  bytes,       ///< bytes, by an opcode of protocol 3 or later
  byte_array,  ///< bytearray, by the opcode of protocol 5
  tuple,
  list,
  dict,
  set,         ///< from the opcode of protocol 4; earlier protocols call builtins.set
  frozen_set,  ///< likewise
  global,      ///< a module and a name, as written
  persistent,  ///< a reference to something outside the pickle (BINPERSID); its id is a node
  object,      ///< the object that a recorded call would make
};

/// For messages: "a list", "an integer", "a persistent reference".
std::string_view kind_name(Kind kind);

struct Entry {
  NodeId key = no_node;
  NodeId value = no_node;
};

/// A class or function, by the names in the pickle.
struct Global {
  std::string_view module;
  std::string_view name;
  bool operator==(const Global&) const = default;
};

/// Which call creates an object.
enum class Construction : std::uint8_t {
  reduce,    ///< callable(*args)
  newobj,    ///< callable.__new__(callable, *args)
  newobj_ex  ///< callable.__new__(callable, *args, **keywords)
};

/// What the pickle does to an object after creating it, in order.
enum class StepKind : std::uint8_t {
  append,    ///< value, by APPEND(S)
  set_item,  ///< key and value, by SETITEM(S)
  add,       ///< value, by ADDITEMS
  build,     ///< value is the state, by BUILD
};

struct Step {
  StepKind kind = StepKind::append;
  NodeId key = no_node;  ///< only for set_item
  NodeId value = no_node;
};

/// A recorded call, and what was done to its result.
struct Object {
  Construction construction = Construction::reduce;
  NodeId callable = no_node;
  NodeId args = no_node;      ///< as a rule a tuple
  NodeId keywords = no_node;  ///< only for newobj_ex
  std::vector<Step> steps = {};
};

class Graph {
 public:
  NodeId root() const { return root_; }
  void set_root(NodeId root) { root_ = root; }
  std::size_t size() const { return nodes_.size(); }

  Kind kind(NodeId id) const { return node(id).kind; }
  bool is(NodeId id, Kind kind) const { return node(id).kind == kind; }

  // Each accessor accepts only a node of its kind and throws std::logic_error otherwise.
  bool boolean(NodeId id) const;
  std::int64_t integer(NodeId id) const;
  double real(NodeId id) const;
  /// For text, raw_text, bytes, byte_array and big_integer. Valid as long as the Graph.
  std::string_view text(NodeId id) const;
  /// For tuple, list, set and frozen_set. Valid until a node is added or changed.
  std::span<const NodeId> items(NodeId id) const;
  /// For dict: in insertion order, repeated keys included. Valid until a node is added or changed.
  std::span<const Entry> entries(NodeId id) const;
  Global global(NodeId id) const;
  NodeId persistent_id(NodeId id) const;
  const Object& object(NodeId id) const;

  bool is_global(NodeId id, std::string_view module, std::string_view name) const;
  /// Whether `id` is a text or raw_text node with this text.
  bool is_text(NodeId id, std::string_view text) const;

  // Each returns the new node. Throws Error{limit} beyond 2^32 - 1 nodes, bytes of one text, or
  // items of one container.
  NodeId add_none();
  NodeId add_boolean(bool value);
  NodeId add_integer(std::int64_t value);
  NodeId add_real(double value);
  /// kind is text, raw_text, bytes, byte_array or big_integer. The text is copied.
  NodeId add_text(Kind kind, std::string_view text);
  NodeId add_text(std::string_view text) { return add_text(Kind::text, text); }
  NodeId add_tuple(std::span<const NodeId> items);
  NodeId add_frozen_set(std::span<const NodeId> items);
  NodeId add_list();
  NodeId add_set();
  NodeId add_dict();
  NodeId add_global(std::string_view module, std::string_view name);
  /// The same from two text or raw_text nodes; the global shares their text. A pickle can name a
  /// global of megabytes a thousand times in a few bytes each, so the text must not be copied.
  NodeId add_global(NodeId module, NodeId name);
  NodeId add_persistent(NodeId id);
  NodeId add_object(Object object);

  void append(NodeId list_or_set, NodeId item);
  void set_item(NodeId dict, NodeId key, NodeId value);
  void add_step(NodeId object, Step step);

 private:
  // Two million nested lists must fit in memory, so a node has 16 bytes, and a container of one
  // item needs nothing else. `payload` is two ids, or 64 bits: a number, an address or an index.
  //
  //   kind                       payload
  //   boolean, integer, real     the value
  //   text, raw_text, bytes, ... address in texts_
  //   tuple, frozen_set          one item: its id; more: address in tuple_items_
  //   list, set                  one item: its id; more: index into items_
  //   dict                       one entry: its key and value; more: index into entries_
  //   global, object             index into globals_ or objects_
  //   persistent                 the id of its id
  struct Node {
    Kind kind = Kind::none;
    std::uint32_t count = 0;  ///< bytes of a text, items or entries of a container
    Entry payload = {};
  };
  static_assert(sizeof(Node) == 16);

  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  Node& node(NodeId id) { return nodes_[static_cast<std::size_t>(id)]; }
  template <class Value>
  static Value payload_as(const Node& node) {
    return std::bit_cast<Value>(node.payload);
  }
  const Node& require(NodeId id, Kind kind) const;
  NodeId add(Node node);
  NodeId add_run(Kind kind, std::span<const NodeId> items);

  NodeId root_ = no_node;
  ChunkedVector<Node> nodes_;
  TextArena texts_;
  RunPool<NodeId> tuple_items_;
  ChunkedVector<std::vector<NodeId>> items_;
  ChunkedVector<std::vector<Entry>> entries_;
  ChunkedVector<Global> globals_;
  ChunkedVector<Object> objects_;
};

}  // namespace ckpt::pickle
