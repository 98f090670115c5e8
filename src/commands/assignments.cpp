#include "commands/assignments.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/optim/numbers.hpp"
#include "ckpt/tensor/elements.hpp"
#include "commands/describe.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

/// '*' within one step stands for any text.
bool matches_step(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches_one(const Tree& tree, const model::WrittenStep& written, const model::PathStep& step) {
  if (written.is_quoted)
    return step.type == model::StepType::key && tree.is_text(step.key, written.text);
  if (step.type == model::StepType::key && tree.is(step.key, Kind::text) &&
      matches_step(written.text, tree.text(step.key)))
    return true;
  return matches_step(written.text, step_text(tree, step));
}

/// Which prefixes of the pattern the path so far matches; "**" takes any number of steps.
bool matches_path(const Tree& tree, const std::vector<model::WrittenStep>& pattern,
                  const model::KeyPath& path) {
  std::vector<bool> reached(pattern.size() + 1);
  reached[0] = true;
  const auto is_deep = [&](std::size_t i) {
    return !pattern[i].is_quoted && pattern[i].text == "**";
  };
  const auto pass_deep = [&](std::vector<bool>& at) {
    for (std::size_t i = 0; i < pattern.size(); ++i)
      if (at[i] && is_deep(i)) at[i + 1] = true;
  };
  pass_deep(reached);
  for (const model::PathStep& step : path) {
    std::vector<bool> next(pattern.size() + 1);
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (!reached[i]) continue;
      if (is_deep(i))
        next[i] = true;
      else if (matches_one(tree, pattern[i], step))
        next[i + 1] = true;
    }
    pass_deep(next);
    reached = std::move(next);
  }
  return reached[pattern.size()];
}

[[noreturn]] void throw_wrong_type(const Tree& tree, NodeId node, const std::string& value,
                                   std::string_view expected) {
  throw Error(ErrorKind::conflict,
              concat("is ", value_text(tree, node), ", of type ", type_text(tree, node),
                     ": expected ", expected, ", got ", quote(value)));
}

std::optional<double> parse_real(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  return std::nullopt;
}

NodeId make_tensor(Tree& tree, NodeId old, const std::string& value) {
  model::Tensor tensor = tree.tensor(old);
  const std::optional<double> number = parse_real(value);
  const bool is_one = tensor.form == model::TensorForm::strided &&
                      tensor.storage != model::no_storage &&
                      model::element_count(tensor.layout.shape) == 1;
  if (!is_one) throw_wrong_type(tree, old, value, "a tensor of one element there");
  if (!number) throw_wrong_type(tree, old, value, "a number");
  Bytes bytes(model::row_of(tensor.dtype).size_bytes);
  const std::optional<std::int64_t> whole = find_integer(value);
  const model::NumberClass number_class = model::row_of(tensor.dtype).number_class;
  const bool is_float =
      number_class == model::NumberClass::floating || number_class == model::NumberClass::complex;
  if (whole && !is_float)
    tensor::encode(tensor.dtype, *whole, bytes);
  else
    tensor::encode(tensor.dtype, *number, bytes);
  const model::Storage& storage = tree.storage_of(tensor.storage);
  const std::string location = storage.location;
  tensor.layout.offset_elements = 0;
  tensor.storage = tree.add_storage({.blob = model::make_memory_blob(std::move(bytes)),
                                     .dtype = tensor.dtype,
                                     .location = location});
  const NodeId node = tree.add();
  tree.fill_tensor(node, std::move(tensor));
  return node;
}

NodeId make_leaf(Tree& tree, NodeId old, const std::string& value) {
  const auto filled = [&](auto fill) {
    const NodeId node = tree.add();
    fill(node);
    return node;
  };
  switch (tree.kind(old)) {
    case Kind::boolean: {
      const auto truth = parse_boolean(value);
      if (!truth) throw_wrong_type(tree, old, value, "true or false");
      return filled([&](NodeId node) { tree.fill_boolean(node, *truth); });
    }
    case Kind::integer: {
      const auto number = find_integer(value);
      if (!number) throw_wrong_type(tree, old, value, "an integer");
      return tree.add_integer(*number);
    }
    case Kind::real: {
      const auto number = parse_real(value);
      if (!number) throw_wrong_type(tree, old, value, "a number");
      return filled([&](NodeId node) { tree.fill_real(node, *number); });
    }
    case Kind::text:
      return tree.add_text(value);
    case Kind::tensor:
      return make_tensor(tree, old, value);
    default:
      throw_wrong_type(tree, old, value, "a number, a bool or a text there");
  }
}

std::string without_brackets(const std::string& value) {
  const bool has_brackets = value.size() >= 2 && ((value.front() == '(' && value.back() == ')') ||
                                                  (value.front() == '[' && value.back() == ']'));
  return has_brackets ? value.substr(1, value.size() - 2) : value;
}

/// A tuple is another tuple afterwards, so that others who hold the old one keep it.
NodeId make_sequence(Tree& tree, NodeId old, const std::string& value) {
  const std::vector<NodeId> items(tree.items(old).begin(), tree.items(old).end());
  const std::string inner = without_brackets(value);
  const std::vector<std::string_view> texts = split(inner, ',');
  if (texts.size() != items.size())
    throw_wrong_type(tree, old, value, counted(items.size(), "item"));
  std::vector<NodeId> made;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string text(texts[i]);
    text.erase(0, text.find_first_not_of(' '));
    made.push_back(make_leaf(tree, items[i], text));
  }
  const NodeId node = tree.add();
  tree.fill_items(node, tree.kind(old), made);
  return node;
}

NodeId make_value(Tree& tree, NodeId old, const std::string& value) {
  if (tree.is(old, Kind::tuple) || tree.is(old, Kind::list)) return make_sequence(tree, old, value);
  return make_leaf(tree, old, value);
}

void replace_in_dict(Tree& tree, NodeId dict, NodeId key, NodeId value) {
  std::vector<Entry> entries(tree.entries(dict).begin(), tree.entries(dict).end());
  for (Entry& entry : entries)
    if (entry.key == key) entry.value = value;
  tree.set_entries(dict, entries);
}

void replace_in_object(Tree& tree, NodeId object, const model::PathStep& step, NodeId value) {
  for (std::size_t i = 0; i < tree.object(object).steps.size(); ++i) {
    const model::Step& made = tree.object(object).steps[i];
    if (made.kind == model::StepKind::build && tree.is(made.value, Kind::dict)) {
      replace_in_dict(tree, made.value, step.key, value);
    } else if (made.kind == model::StepKind::set_item && made.key == step.key) {
      tree.mutable_object(object).steps[i].value = value;
    }
  }
}

void replace_child(Tree& tree, NodeId parent, const model::PathStep& step, NodeId value) {
  if (tree.is(parent, Kind::dict)) return replace_in_dict(tree, parent, step.key, value);
  if (tree.is(parent, Kind::list) || tree.is(parent, Kind::tuple)) {
    std::vector<NodeId> items(tree.items(parent).begin(), tree.items(parent).end());
    items[step.index] = value;
    return tree.set_items(parent, items);
  }
  if (tree.is(parent, Kind::object)) return replace_in_object(tree, parent, step, value);
  throw Error(ErrorKind::unsupported, "lies in a value that cannot be changed in part");
}

struct Match {
  NodeId parent = model::no_node;
  NodeId node = model::no_node;
  model::KeyPath path;
};

std::vector<Match> find_matches(const Tree& tree, const std::vector<model::WrittenStep>& pattern) {
  std::vector<Match> matches;
  std::vector<NodeId> above;
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    above.resize(walk.depth());
    above.push_back(walk.node());
    if (walk.depth() > 0 && matches_path(tree, pattern, walk.path()))
      matches.push_back({above[walk.depth() - 1], walk.node(), walk.path()});
  }
  return matches;
}

[[noreturn]] void throw_no_match(const Tree& tree, const std::string& path) {
  std::vector<std::string> paths;
  model::Walk walk(tree, tree.root());
  while (walk.next())
    if (!tree.is(walk.node(), Kind::tensor) && walk.depth() > 0 && paths.size() < 10'000)
      paths.push_back(path_text(tree, walk.path()));
  throw Error(ErrorKind::usage, concat("nothing lies at ", quote(path)),
              did_you_mean(find_closest(path, paths)));
}

}  // namespace

Assignment parse_assignment(const std::string& text) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') is_quoted = !is_quoted;
    if (text[i] == '=' && !is_quoted) return {text.substr(0, i), text.substr(i + 1)};
  }
  throw Error(ErrorKind::usage, concat("expected PATH=VALUE, got ", quote(text)));
}

std::vector<Assigned> assign(Tree& tree, const Assignment& assignment) {
  const std::vector<Match> matches = find_matches(tree, model::parse_path(assignment.path));
  if (matches.empty()) throw_no_match(tree, assignment.path);
  std::vector<Assigned> done;
  for (const Match& match : matches) {
    const std::string path = path_text(tree, match.path);
    const NodeId value =
        within(path, [&] { return make_value(tree, match.node, assignment.value); });
    const bool is_tensor = tree.is(match.node, Kind::tensor);
    const auto shown = [&](NodeId node) {
      return is_tensor ? real_text(optim::find_number(tree, node).value_or(0))
                       : value_text(tree, node);
    };
    done.push_back({path, shown(match.node), shown(value)});
    replace_child(tree, match.parent, match.path.back(), value);
  }
  return done;
}

}  // namespace ckpt::commands
