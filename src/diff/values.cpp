#include "diff/values.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "ckpt/model/read_fully.hpp"

namespace ckpt::diff {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

bool is_same_callable(const Tree& a, NodeId node_a, const Tree& b, NodeId node_b) {
  if (!a.is(node_a, Kind::symbol) || !b.is(node_b, Kind::symbol))
    return a.kind(node_a) == b.kind(node_b);
  return a.symbol(node_a) == b.symbol(node_b);
}

/// As in Python, dict and OrderedDict are the same type here; other subclasses are not.
bool is_same_dict_type(const Tree& a, NodeId node_a, const Tree& b, NodeId node_b) {
  const bool is_custom_a = a.dict_type(node_a) == model::DictType::custom;
  const bool is_custom_b = b.dict_type(node_b) == model::DictType::custom;
  if (!is_custom_a || !is_custom_b) return is_custom_a == is_custom_b;
  return is_same_callable(a, a.object(a.maker(node_a)).callable, b,
                          b.object(b.maker(node_b)).callable);
}

bool has_same_bytes(const model::Blob& a, const model::Blob& b) {
  if (a.size_bytes() != b.size_bytes()) return false;
  std::array<std::byte, 1 << 14> block_a;
  std::array<std::byte, 1 << 14> block_b;
  const std::unique_ptr<model::BlobStream> stream_a = a.open(0);
  const std::unique_ptr<model::BlobStream> stream_b = b.open(0);
  while (const std::size_t count = read_fully(*stream_a, block_a)) {
    if (read_fully(*stream_b, block_b) != count) return false;
    if (!std::ranges::equal(std::span(block_a).first(count), std::span(block_b).first(count)))
      return false;
  }
  return true;
}

}  // namespace

bool is_same_value(const Tree& a, NodeId node_a, const Tree& b, NodeId node_b) {
  const Kind kind = a.kind(node_a);
  if (kind != b.kind(node_b)) return false;
  switch (kind) {
    case Kind::none:
      return true;
    case Kind::boolean:
      return a.boolean(node_a) == b.boolean(node_b);
    case Kind::integer:
      return a.integer(node_a) == b.integer(node_b);
    case Kind::real:
      return std::bit_cast<std::uint64_t>(a.real(node_a)) ==
             std::bit_cast<std::uint64_t>(b.real(node_b));
    case Kind::text:
    case Kind::raw_text:
    case Kind::bytes:
    case Kind::byte_array:
    case Kind::big_integer:
      return a.text(node_a) == b.text(node_b);
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
    case Kind::frozen_set:
    case Kind::external:
      return true;
    case Kind::dict:
      return is_same_dict_type(a, node_a, b, node_b);
    case Kind::symbol:
      return a.symbol(node_a) == b.symbol(node_b);
    case Kind::object:
      return is_same_callable(a, a.object(node_a).callable, b, b.object(node_b).callable);
    case Kind::storage:
      return a.storage(node_a) != model::no_storage && b.storage(node_b) != model::no_storage &&
             has_same_bytes(*a.storage_of(a.storage(node_a)).blob,
                            *b.storage_of(b.storage(node_b)).blob);
    case Kind::tensor:
      return false;
  }
  return false;
}

}  // namespace ckpt::diff
