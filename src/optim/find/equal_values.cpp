// Compares two values with an explicit stack and a limit of steps, because values may contain
// themselves.

#include "optim/find/equal_values.hpp"

#include <algorithm>
#include <utility>

#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/find/forms.hpp"
#include "optim/find/slot_numbers.hpp"

namespace ckpt::optim {

using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

bool are_equal_leaves(const Tree& a, NodeId x, const Tree& b, NodeId y) {
  switch (a.kind(x)) {
    case Kind::none:
      return true;
    case Kind::boolean:
      return a.boolean(x) == b.boolean(y);
    case Kind::integer:
      return a.integer(x) == b.integer(y);
    case Kind::real:
      return a.real(x) == b.real(y);
    case Kind::text:
    case Kind::raw_text:
    case Kind::bytes:
    case Kind::byte_array:
    case Kind::big_integer:
      return a.text(x) == b.text(y);
    case Kind::symbol:
      return a.symbol(x) == b.symbol(y);
    case Kind::tensor: {
      const std::optional<double> p = find_number(a, x);
      return p && p == find_number(b, y);
    }
    default:
      return false;
  }
}

}  // namespace

bool are_equal(const Tree& a, NodeId x, const Tree& b, NodeId y) {
  std::vector<std::pair<NodeId, NodeId>> open{{x, y}};
  std::size_t steps_left = 100'000;  // values may contain themselves
  while (!open.empty() && steps_left-- > 0) {
    const auto [p, q] = open.back();
    open.pop_back();
    if (a.kind(p) != b.kind(q)) return false;
    if (is_list_like(a, p)) {
      if (a.items(p).size() != b.items(q).size()) return false;
      for (std::size_t i = 0; i < a.items(p).size(); ++i)
        open.emplace_back(a.items(p)[i], b.items(q)[i]);
    } else if (a.is(p, Kind::dict)) {
      if (a.entries(p).size() != b.entries(q).size()) return false;
      for (std::size_t i = 0; i < a.entries(p).size(); ++i) {
        open.emplace_back(a.entries(p)[i].key, b.entries(q)[i].key);
        open.emplace_back(a.entries(p)[i].value, b.entries(q)[i].value);
      }
    } else if (!are_equal_leaves(a, p, b, q)) {
      return false;
    }
  }
  return open.empty();
}

std::vector<std::string> differing_hyperparameters(const Tree& a, NodeId x, const Tree& b,
                                                   NodeId y) {
  std::vector<std::string> keys;
  const auto look = [&](const Tree& tree, NodeId group) {
    for (const model::TextEntry entry : model::text_entries(tree, group)) {
      const std::string key(entry.name);
      if (key == "params" || key == "param_names" || key == slot_numbers_key) continue;
      if (std::ranges::find(keys, key) != keys.end()) continue;
      const NodeId p = a.find(x, key);
      const NodeId q = b.find(y, key);
      if (p == no_node || q == no_node || !are_equal(a, p, b, q)) keys.push_back(key);
    }
  };
  look(a, x);
  look(b, y);
  return keys;
}

std::string hyperparameter_text(const Tree& tree, NodeId value) {
  if (value == no_node) return "missing";
  if (is_list_like(tree, value)) {
    std::vector<std::string> items;
    for (const NodeId item : tree.items(value))
      items.push_back(is_list_like(tree, item) ? "(...)" : hyperparameter_text(tree, item));
    return concat("(", join(items, ", "), ")");
  }
  if (tree.is(value, Kind::none)) return "None";
  if (tree.is(value, Kind::boolean)) return tree.boolean(value) ? "True" : "False";
  if (tree.is(value, Kind::integer)) return concat(tree.integer(value));
  if (tree.is(value, Kind::text)) return quote(tree.text(value));
  const std::optional<double> number = find_number(tree, value);
  return number ? real_text(*number) : "something else";
}

std::string differences_text(const Tree& a, NodeId x, const Tree& b, NodeId y,
                             const std::vector<std::string>& keys) {
  std::vector<std::string> texts;
  for (const std::string& key : keys)
    texts.push_back(concat(quote(key), " is ", hyperparameter_text(a, a.find(x, key)), " and ",
                           hyperparameter_text(b, b.find(y, key))));
  return join(texts, ", ");
}

}  // namespace ckpt::optim
