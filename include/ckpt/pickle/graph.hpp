// What the bytes of a pickle say, executed by nobody: values, globals as names, calls as records.
//
// A Graph is an arena: nodes are addressed by NodeId, two references to one object are one NodeId
// (memo identity), and a list may contain itself. Nothing recurses, freeing included.
//
//   (dp0 S'a' I1 s.            dict{ text "a": integer 1 }
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
  raw_text,    ///< str of Python 2: bytes of an unnamed encoding
  bytes,       ///< bytes, by an opcode of protocol 3 or later
  byte_array,  ///< bytearray, by the opcode of protocol 5
  tuple,
  list,
  dict,
  set,         ///< by the opcode of protocol 4
  frozen_set,  ///< likewise
  global,      ///< module and name, as written
  persistent,  ///< a reference outside the pickle (BINPERSID); its id is a node
  object,      ///< the result of a call that nobody made
};

/// For messages: "a list", "an integer", "a persistent reference".
std::string_view kind_name(Kind kind);

struct Entry {
  NodeId key = no_node;
  NodeId value = no_node;
};

struct Global {
  std::string_view module;
  std::string_view name;
  bool operator==(const Global&) const = default;
};

/// How an object was asked for.
enum class Construction : std::uint8_t {
  reduce,    ///< callable(*args)
  newobj,    ///< callable.__new__(callable, *args)
  newobj_ex  ///< callable.__new__(callable, *args, **keywords)
};

/// What was done to an object after its construction, in order.
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

  // Each may be asked only of a node of its kind; std::logic_error otherwise.
  bool boolean(NodeId id) const;
  std::int64_t integer(NodeId id) const;
  double real(NodeId id) const;
  /// text, raw_text, bytes, byte_array, big_integer. Lives as long as the Graph.
  std::string_view text(NodeId id) const;
  /// tuple, list, set, frozen_set. Valid until a node is added or changed.
  std::span<const NodeId> items(NodeId id) const;
  /// dict, in insertion order, repeated keys included. Valid until a node is added or changed.
  std::span<const Entry> entries(NodeId id) const;
  Global global(NodeId id) const;
  NodeId persistent_id(NodeId id) const;
  const Object& object(NodeId id) const;

  bool is_global(NodeId id, std::string_view module, std::string_view name) const;
  /// The text of a text or raw_text node, or nothing.
  bool is_text(NodeId id, std::string_view text) const;

  // Each returns the new node. Error{limit} beyond 2^32 - 1 nodes, bytes of a text or items of one.
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
  /// The same, of two text or raw_text nodes, whose text is shared: a few bytes of a pickle may
  /// name megabytes again and again.
  NodeId add_global(NodeId module, NodeId name);
  NodeId add_persistent(NodeId id);
  NodeId add_object(Object object);

  void append(NodeId list_or_set, NodeId item);
  void set_item(NodeId dict, NodeId key, NodeId value);
  void add_step(NodeId object, Step step);

 private:
  // Two million nested lists must fit in memory, so a node is 16 bytes, and a container of one item
  // needs nothing else. `payload` is two ids, or 64 bits: a number, an address or an index.
  //
  //   kind                       payload
  //   boolean, integer, real     the value
  //   text and its kin           address in texts_
  //   tuple, frozen_set          its item if there is one; address in tuple_items_ if there are
  //   more list, set                  its item if there is one; index into items_ if there are more
  //   dict                       its entry if there is one; index into entries_ if there are more
  //   global, object             index into globals_ or objects_
  //   persistent                 its id
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
