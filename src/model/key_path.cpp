#include "ckpt/model/key_path.hpp"

#include <algorithm>

#include "ckpt/base/big_integer.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"

namespace ckpt::model {

namespace {

bool is_number(std::string_view key) {
  if (key.starts_with('-')) key.remove_prefix(1);
  return !key.empty() && key.find_first_not_of("0123456789") == std::string_view::npos;
}

bool needs_quotes(std::string_view key) {
  return key.empty() || key.front() == '"' || key.find(':') != std::string_view::npos ||
         is_number(key);
}

std::string in_json_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// As Python prints bytes: b'raw', b'\\xff'.
std::string bytes_repr(std::string_view bytes) {
  std::string out = "b'";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) {
      const std::string digits = hex_text(byte).substr(2);
      out += concat("\\x", digits.size() < 2 ? "0" : "", digits);
    } else {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '\'';
}

/// Protocol 2 has no bytes; they are calls _codecs.encode(text, 'latin1').
std::string object_repr(const Tree& tree, NodeId key) {
  const Object& object = tree.object(key);
  const bool is_bytes = tree.is_symbol(object.callable, "_codecs", "encode") &&
                        tree.is(object.args, Kind::tuple) && !tree.items(object.args).empty() &&
                        tree.is(tree.items(object.args)[0], Kind::text);
  if (!is_bytes) return concat("object ", static_cast<std::uint32_t>(key));
  std::string bytes;
  for (std::string_view rest = tree.text(tree.items(object.args)[0]); !rest.empty();) {
    const Utf8Char next = decode_utf8(rest);
    bytes += static_cast<char>(next.code);
    rest.remove_prefix(next.size_bytes);
  }
  return bytes_repr(bytes);
}

/// As Python prints it, but one level deep, so that nested keys need no recursion.
std::string repr(const Tree& tree, NodeId key) {
  switch (tree.kind(key)) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return tree.boolean(key) ? "True" : "False";
    case Kind::integer:
      return concat(tree.integer(key));
    case Kind::big_integer:
      return big_integer_text(tree.text(key));
    case Kind::real:
      return real_text(tree.real(key));
    case Kind::text:
      return concat('\'', tree.text(key), '\'');
    case Kind::bytes:
    case Kind::raw_text:
      return bytes_repr(tree.text(key));
    case Kind::symbol:
      return concat(tree.symbol(key).module, '.', tree.symbol(key).name);
    case Kind::object:
      return object_repr(tree, key);
    case Kind::tuple:
      return "(...)";
    default:
      return concat("object ", static_cast<std::uint32_t>(key));
  }
}

/// Reads the quoted step at `at` and moves `at` behind its closing quote.
std::string read_quoted(std::string_view text, std::size_t& at) {
  std::string out;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') {
      ++at;
      return out;
    }
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    out += text[at];
  }
  throw Error(ErrorKind::usage, concat("path ", quote(text), ": a quote is not closed"));
}

}  // namespace

std::string key_text(std::string_view key) {
  return needs_quotes(key) ? in_json_quotes(key) : std::string(key);
}

std::string key_text(const Tree& tree, NodeId key) {
  if (tree.is(key, Kind::text)) return key_text(tree.text(key));
  if (tree.is(key, Kind::integer) || tree.is(key, Kind::big_integer)) return repr(tree, key);
  if (!tree.is(key, Kind::tuple)) return concat('<', repr(tree, key), '>');
  std::string out = "<(";
  const auto items = tree.items(key);
  for (std::size_t i = 0; i < items.size(); ++i)
    out += concat(i > 0 ? ", " : "", repr(tree, items[i]));
  return out + (items.size() == 1 ? ",)>" : ")>");
}

bool has_prefix(const KeyPath& path, const KeyPath& prefix) {
  return path.size() >= prefix.size() &&
         std::ranges::equal(prefix, std::span(path).first(prefix.size()),
                            [](const PathStep& a, const PathStep& b) {
                              return a.type == b.type && a.key == b.key && a.index == b.index;
                            });
}

std::string step_text(const Tree& tree, const PathStep& step) {
  switch (step.type) {
    case StepType::key:
      return key_text(tree, step.key);
    case StepType::index:
      return concat(step.index);
    case StepType::args:
      return "args";
    case StepType::state:
      return "state";
  }
  return {};
}

std::string path_text(const Tree& tree, const KeyPath& path) {
  std::string out;
  for (const PathStep& step : path) {
    if (&step == &path.front()) {
      out = step_text(tree, step);
    } else {
      out += ':';
      out += step_text(tree, step);
    }
  }
  return out;
}

std::vector<WrittenStep> parse_path(std::string_view text) {
  std::vector<WrittenStep> steps;
  std::size_t at = text.starts_with(':') ? 1 : 0;
  while (at <= text.size()) {
    if (at < text.size() && text[at] == '"') {
      steps.push_back({read_quoted(text, at), true});
    } else {
      const std::size_t end = std::min(text.find(':', at), text.size());
      steps.push_back({std::string(text.substr(at, end - at))});
      at = end;
    }
    if (at < text.size() && text[at] != ':')
      throw Error(ErrorKind::usage, concat("path ", quote(text), ": expected ':' after a quote"));
    ++at;
  }
  return steps;
}

}  // namespace ckpt::model
