// Nodes have 16 bytes; their content is in side arrays (items, entries, texts). Replacing a
// container's content by a longer one appends a new run and leaves the old one unused.

#include "ckpt/model/tree.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <stdexcept>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/model/blob.hpp"

namespace ckpt::model {

namespace {

std::uint32_t checked_count(std::size_t count) {
  if (count > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::limit, "a value of 4 GiB or of four thousand million items");
  return static_cast<std::uint32_t>(count);
}

bool is_texty(Kind kind) {
  return kind == Kind::text || kind == Kind::raw_text || kind == Kind::bytes ||
         kind == Kind::byte_array || kind == Kind::big_integer;
}

bool is_sequence(Kind kind) {
  return kind == Kind::tuple || kind == Kind::list || kind == Kind::set || kind == Kind::frozen_set;
}

/// The slot of a text that is one object in CPython: by code point up to U+00FF, then "".
std::optional<std::size_t> short_text_slot(std::string_view text) {
  if (text.empty()) return 256;
  const Utf8Char first = decode_utf8(text);
  if (!first.is_valid || first.size_bytes != text.size() || first.code > 0xFF) return std::nullopt;
  return first.code;
}

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

}  // namespace

const Tree::Node& Tree::expect(NodeId id, Kind kind) const {
  require(node(id).kind == kind, "a node was taken for another kind");
  return node(id);
}

Tree::Node& Tree::refill(NodeId id, Kind kind) {
  Node& target = node(id);
  target = Node{.kind = kind};
  return target;
}

bool Tree::boolean(NodeId id) const { return expect(id, Kind::boolean).value != 0; }

std::int64_t Tree::integer(NodeId id) const {
  return std::bit_cast<std::int64_t>(expect(id, Kind::integer).value);
}

double Tree::real(NodeId id) const { return std::bit_cast<double>(expect(id, Kind::real).value); }

std::string_view Tree::text(NodeId id) const {
  require(is_texty(kind(id)), "a node was taken for text");
  return {std::bit_cast<const char*>(node(id).value), node(id).count};
}

std::span<const NodeId> Tree::items(NodeId id) const {
  require(is_sequence(kind(id)), "a node was taken for a sequence");
  return std::span(items_).subspan(node(id).value, node(id).count);
}

std::span<const Entry> Tree::entries(NodeId id) const {
  const Node& dict = expect(id, Kind::dict);
  return std::span(entries_).subspan(dict.value, dict.count);
}

DictType Tree::dict_type(NodeId id) const { return expect(id, Kind::dict).dict_type; }

NodeId Tree::attributes(NodeId dict) const {
  const Node& found = expect(dict, Kind::dict);
  return entries_[found.value + found.count].value;
}

NodeId Tree::maker(NodeId dict) const {
  const Node& found = expect(dict, Kind::dict);
  return entries_[found.value + found.count].key;
}

Symbol Tree::symbol(NodeId id) const { return symbols_[expect(id, Kind::symbol).value]; }
const Object& Tree::object(NodeId id) const { return objects_[expect(id, Kind::object).value]; }
const Tensor& Tree::tensor(NodeId id) const { return tensors_[expect(id, Kind::tensor).value]; }
Tensor& Tree::mutable_tensor(NodeId id) { return tensors_[expect(id, Kind::tensor).value]; }
Object& Tree::mutable_object(NodeId id) { return objects_[expect(id, Kind::object).value]; }

StorageId Tree::storage(NodeId id) const {
  return static_cast<StorageId>(expect(id, Kind::storage).value);
}

NodeId Tree::external_id(NodeId id) const {
  return static_cast<NodeId>(expect(id, Kind::external).value);
}

bool Tree::is_text(NodeId id, std::string_view text) const {
  return kind(id) == Kind::text && this->text(id) == text;
}

bool Tree::is_symbol(NodeId id, std::string_view module, std::string_view name) const {
  return kind(id) == Kind::symbol && symbol(id) == Symbol{module, name};
}

NodeId Tree::find(NodeId dict, std::string_view key) const {
  if (dict == no_node || kind(dict) != Kind::dict) return no_node;
  NodeId found = no_node;
  for (const Entry& entry : entries(dict))
    if (is_text(entry.key, key)) found = entry.value;
  return found;
}

NodeId Tree::add() {
  require(nodes_.size() < static_cast<std::size_t>(no_node), "too many nodes");
  nodes_.push_back({});
  return static_cast<NodeId>(nodes_.size() - 1);
}

void Tree::fill_none(NodeId id) { refill(id, Kind::none); }
void Tree::fill_boolean(NodeId id, bool value) { refill(id, Kind::boolean).value = value; }

void Tree::fill_integer(NodeId id, std::int64_t value) {
  refill(id, Kind::integer).value = std::bit_cast<std::uint64_t>(value);
}

void Tree::fill_real(NodeId id, double value) {
  refill(id, Kind::real).value = std::bit_cast<std::uint64_t>(value);
}

void Tree::fill_text(NodeId id, Kind kind, std::string_view text) {
  require(is_texty(kind), "a node was filled as text");
  const std::uint32_t size_bytes = checked_count(text.size());
  Node& target = refill(id, kind);
  target.count = size_bytes;
  target.value = std::bit_cast<std::uintptr_t>(texts_.store(text).data());
  const auto slot = kind == Kind::text ? short_text_slot(text) : std::nullopt;
  if (slot && short_texts_[*slot] == no_node) short_texts_[*slot] = id;
}

void Tree::fill_items(NodeId id, Kind kind, std::span<const NodeId> items) {
  require(is_sequence(kind), "a node was filled as a sequence");
  const std::uint32_t count = checked_count(items.size());
  Node& target = refill(id, kind);
  target.count = count;
  target.value = items_.size();
  items_.insert(items_.end(), items.begin(), items.end());
}

void Tree::fill_dict(NodeId id, DictType type, std::span<const Entry> entries, NodeId attributes) {
  const std::uint32_t count = checked_count(entries.size());
  Node& target = refill(id, Kind::dict);
  target.dict_type = type;
  target.count = count;
  target.value = entries_.size();
  entries_.insert(entries_.end(), entries.begin(), entries.end());
  entries_.push_back({no_node, attributes});
}

void Tree::fill_symbol(NodeId id, std::string_view module, std::string_view name) {
  refill(id, Kind::symbol).value = symbols_.size();
  symbols_.push_back({texts_.store(module), texts_.store(name)});
}

void Tree::fill_object(NodeId id, Object object) {
  refill(id, Kind::object).value = objects_.size();
  objects_.push_back(std::move(object));
}

void Tree::fill_storage(NodeId id, StorageId storage) {
  refill(id, Kind::storage).value = static_cast<std::uint64_t>(storage);
}

void Tree::fill_tensor(NodeId id, Tensor tensor) {
  refill(id, Kind::tensor).value = tensors_.size();
  tensors_.push_back(std::move(tensor));
}

void Tree::fill_external(NodeId id, NodeId external_id) {
  refill(id, Kind::external).value = static_cast<std::uint64_t>(external_id);
}

NodeId Tree::add_text(std::string_view text) {
  if (!is_utf8(text))
    throw Error(ErrorKind::usage, concat(quote(text), " is no UTF-8, so no text of a checkpoint"),
                "names and values that the command line gives have to be UTF-8");
  if (const auto slot = short_text_slot(text); slot && short_texts_[*slot] != no_node)
    return short_texts_[*slot];
  const NodeId id = add();
  fill_text(id, Kind::text, text);
  return id;
}

NodeId Tree::add_integer(std::int64_t value) {
  const NodeId id = add();
  fill_integer(id, value);
  return id;
}

NodeId Tree::add_real(double value) {
  const NodeId id = add();
  fill_real(id, value);
  return id;
}

NodeId Tree::add_tuple(std::span<const NodeId> items) {
  const NodeId id = add();
  fill_items(id, Kind::tuple, items);
  return id;
}

NodeId Tree::add_list(std::span<const NodeId> items) {
  const NodeId id = add();
  fill_items(id, Kind::list, items);
  return id;
}

NodeId Tree::add_dict(std::span<const Entry> entries, DictType type, NodeId attributes) {
  const NodeId id = add();
  fill_dict(id, type, entries, attributes);
  return id;
}

NodeId Tree::add_tensor(Tensor tensor) {
  const NodeId id = add();
  fill_tensor(id, std::move(tensor));
  return id;
}

void Tree::set_items(NodeId id, std::span<const NodeId> items) { fill_items(id, kind(id), items); }

void Tree::set_entries(NodeId dict, std::span<const Entry> entries) {
  const NodeId kept_maker = maker(dict);
  fill_dict(dict, dict_type(dict), entries, attributes(dict));
  entries_.back().key = kept_maker;
}

void Tree::set_maker(NodeId dict, NodeId maker) {
  require(is(maker, Kind::object), "a dict is made by an object");
  const Node& found = expect(dict, Kind::dict);
  entries_[found.value + found.count].key = maker;
  node(dict).dict_type = DictType::custom;
}

void Tree::set_attributes(NodeId dict, NodeId attributes) {
  const Node& found = expect(dict, Kind::dict);
  entries_[found.value + found.count].value = attributes;
}

const Storage& Tree::storage_of(const Tensor& tensor) const {
  static const Storage none{.blob = make_memory_blob({})};
  return tensor.storage == no_storage ? none : storage_of(tensor.storage);
}

StorageId Tree::add_storage(Storage storage) {
  storages_.push_back(std::move(storage));
  return static_cast<StorageId>(storages_.size() - 1);
}

}  // namespace ckpt::model
