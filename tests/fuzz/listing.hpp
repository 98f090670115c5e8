// Everything a document holds, as text: two documents that list the same hold the same. What is
// written is always protocol 2, which spells some values of later protocols as calls.
#pragma once

#include <string>

#include "ckpt/base/text.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/pickle/python2_names.hpp"
#include "ckpt/zip/crc32.hpp"
#include "fuzz.hpp"

namespace ckpt::fuzz {

inline std::string storage_text(const model::Storage& storage) {
  constexpr std::uint64_t most_bytes = 1 << 20;
  std::string text = concat(storage.size_bytes(), " bytes on ", quote(storage.location));
  if (storage.dtype) text += concat(" of ", model::row_of(*storage.dtype).name);
  if (storage.size_bytes() > most_bytes) return text;
  Bytes bytes(static_cast<std::size_t>(storage.size_bytes()));
  read_exactly(*storage.blob, 0, bytes);
  return concat(text, ", CRC-32 ", hex_text(zip::crc32(0, bytes)));
}

inline std::string tensor_text(const model::Tree& tree, const model::Tensor& tensor) {
  std::string text =
      concat(form_name(tensor.form), ' ', model::row_of(tensor.dtype).name, ' ',
             shape_text(tensor.layout.shape), " strides ",
             shape_text(tensor.layout.stride_elements), " from ", tensor.layout.offset_elements);
  text +=
      concat(tensor.requires_grad ? " requires_grad" : "", tensor.is_parameter ? " parameter" : "",
             tensor.is_conjugated ? " conjugated" : "", tensor.is_negated ? " negated" : "");
  if (tensor.storage == model::no_storage) return text;
  return concat(text, ": ", storage_text(tree.storage_of(tensor.storage)));
}

inline std::string value_text(const model::Tree& tree, model::NodeId node) {
  switch (tree.kind(node)) {
    case model::Kind::boolean:
      return tree.boolean(node) ? "True" : "False";
    case model::Kind::integer:
      return concat(tree.integer(node));
    case model::Kind::real:
      return real_text(tree.real(node));
    case model::Kind::text:
    case model::Kind::raw_text:
    case model::Kind::bytes:
    case model::Kind::byte_array:
    case model::Kind::big_integer:
      return std::string(tree.text(node));
    case model::Kind::symbol: {
      const auto [module, name] = tree.symbol(node);
      const pickle::Global mapped = pickle::to_python3({module, name});
      return concat(mapped.module, '.', mapped.name);
    }
    case model::Kind::storage:
      return storage_text(tree.storage_of(tree.storage(node)));
    case model::Kind::tensor:
      return tensor_text(tree, tree.tensor(node));
    case model::Kind::none:
    case model::Kind::tuple:
    case model::Kind::list:
    case model::Kind::set:
    case model::Kind::frozen_set:
    case model::Kind::dict:
    case model::Kind::object:
    case model::Kind::external:
      return "";
  }
  return "";
}

inline bool is_spelled_otherwise(const model::Tree& tree, model::NodeId node) {
  switch (tree.kind(node)) {
    case model::Kind::raw_text:
    case model::Kind::bytes:
    case model::Kind::byte_array:
    case model::Kind::set:
    case model::Kind::frozen_set:
      return true;
    case model::Kind::symbol:
      return tree.symbol(node).name.find('.') != std::string_view::npos;
    case model::Kind::dict:  // without entries it cannot be told from any other object
      return tree.dict_type(node) == model::DictType::custom && tree.entries(node).empty();
    case model::Kind::object:
      return tree.object(node).construction == model::Construction::newobj_ex;
    default:
      return false;
  }
}

/// Whether protocol 2 has a form for every value, so that reading what was written gives the same.
inline bool is_of_protocol2(const model::Tree& tree) {
  for (std::size_t i = 0; i < tree.size(); ++i)
    if (is_spelled_otherwise(tree, model::NodeId{static_cast<std::uint32_t>(i)})) return false;
  return true;
}

/// Keys that are objects are shown by their number in the tree, which is not the same in two files.
inline std::string without_numbers(std::string path) {
  constexpr std::string_view mark = "<object ";
  for (std::size_t at = path.find(mark); at != path.npos; at = path.find(mark, at)) {
    at += mark.size();
    path.erase(at, path.find_first_not_of("0123456789", at) - at);
  }
  return path;
}

/// Throws Error{limit} for a tree that unfolds beyond measure.
inline std::string listing_of(const formats::Document& document) {
  constexpr std::size_t most_lines = 20'000;
  const model::Tree& tree = document.tree;
  std::string listing;
  std::size_t lines = 0;
  for (model::Walk walk(tree, tree.root()); walk.next() && lines < most_lines; ++lines)
    listing +=
        concat(without_numbers(path_text(tree, walk.path())), '\t',
               static_cast<int>(tree.kind(walk.node())), '\t', value_text(tree, walk.node()), '\n');
  return listing;
}

}  // namespace ckpt::fuzz
