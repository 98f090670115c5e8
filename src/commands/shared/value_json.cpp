#include "commands/shared/value_json.hpp"

#include <complex>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "ckpt/model/describe.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;

bool is_array(const model::Tree& tree, model::NodeId id) {
  switch (tree.kind(id)) {
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
    case Kind::frozen_set:
      return true;
    default:
      return false;
  }
}

/// How an open array or object began. For an object also the texts of keys that are not text: an
/// equal text key is quoted, so that no key occurs twice.
struct Open {
  bool is_array = false;
  std::unordered_set<std::string> other_keys = {};
};

Open opened(const model::Tree& tree, model::NodeId id, const std::vector<model::Child>& children) {
  Open open{.is_array = is_array(tree, id)};
  if (open.is_array) return open;
  for (const model::Child& child : children)
    if (child.step.type != model::StepType::key || !tree.is(child.step.key, Kind::text))
      open.other_keys.insert(step_text(tree, child.step));
  return open;
}

/// {"0": 1} has the key 0, as Python's json writes it; paths would show it in quotes.
std::string json_key(const model::Tree& tree, const model::PathStep& step, const Open& open) {
  const bool is_text = step.type == model::StepType::key && tree.is(step.key, Kind::text);
  if (!is_text) return step_text(tree, step);
  std::string key(tree.text(step.key));
  return open.other_keys.contains(key) ? step_text(tree, step) : key;
}

void write_number(const tensor::Number& number, render::JsonWriter& json) {
  if (const auto* const pair = std::get_if<std::complex<double>>(&number)) {
    json.begin_array();
    json.value(pair->real());
    json.value(pair->imag());
    json.end_array();
  } else if (const auto* const truth = std::get_if<bool>(&number)) {
    json.value(*truth);
  } else if (const auto* const integer = std::get_if<std::int64_t>(&number)) {
    json.value(*integer);
  } else if (const auto* const natural = std::get_if<std::uint64_t>(&number)) {
    json.value(*natural);
  } else {
    json.value(std::get<double>(number));
  }
}

}  // namespace

void write_leaf_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json) {
  switch (tree.kind(id)) {
    case Kind::none:
      return json.null();
    case Kind::boolean:
      return json.value(tree.boolean(id));
    case Kind::integer:
      return json.value(tree.integer(id));
    case Kind::real:
      return json.value(tree.real(id));
    case Kind::text:
      return json.value(tree.text(id));
    default:
      return json.value(value_text(tree, id));
  }
}

void write_value_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json) {
  std::vector<Open> open;
  const auto close_to = [&](std::size_t depth) {
    for (; open.size() > depth; open.pop_back())
      open.back().is_array ? json.end_array() : json.end_object();
  };
  std::vector<model::Child> children;
  model::Walk walk(tree, id);
  while (walk.next()) {
    close_to(walk.depth());
    if (!open.empty() && !open.back().is_array)
      json.key(json_key(tree, walk.path().back(), open.back()));
    if (tree.is(walk.node(), Kind::tensor)) walk.skip_children();
    children.clear();
    model::append_children(tree, walk.node(), children);
    const bool is_open =
        !tree.is(walk.node(), Kind::tensor) &&
        (!children.empty() || is_array(tree, walk.node()) || tree.is(walk.node(), Kind::dict));
    if (!is_open) {
      write_leaf_json(tree, walk.node(), json);
      continue;
    }
    open.push_back(opened(tree, walk.node(), children));
    open.back().is_array ? json.begin_array() : json.begin_object();
  }
  close_to(0);
}

void write_elements_json(const model::Tree& tree, const model::Tensor& tensor,
                         render::JsonWriter& json) {
  const std::size_t size_bytes = model::row_of(tensor.dtype).size_bytes;
  tensor::ElementStream stream(tree.storage_of(tensor), tensor);
  Bytes block((std::size_t{64} << 10) / size_bytes * size_bytes);
  json.begin_array();
  for (std::size_t read = stream.read(block); read > 0; read = stream.read(block))
    for (std::size_t i = 0; i < read; i += size_bytes)
      write_number(tensor::decode(tensor.dtype, ByteView(block).subspan(i, size_bytes)), json);
  json.end_array();
}

}  // namespace ckpt::commands
