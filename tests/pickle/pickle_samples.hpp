// What the pickle tests share: pickles as text, graphs as text, real pickles from testdata.
//
//   show of a graph: None True 12 1.5 'text' raw'bytes' b'bytes' bytearray'bytes' long'ff00'
//                    (a, b) [a] {k: v} set{a} frozenset{a} <module name> persistent(id)
//                    call(f, args) new(f, args) new_ex(f, args, keywords), then what was done to
//                    it: .append(a) .set(k, v) .add(a) .build(a); "..." for a value within itself
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/pickler.hpp"
#include "ckpt/pickle/unpickle.hpp"

namespace ckpt::pickle::samples {

inline std::string to_hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    out += "0123456789abcdef"[(static_cast<unsigned>(byte) >> 4) & 0xF];
    out += "0123456789abcdef"[static_cast<unsigned>(byte) & 0xF];
  }
  return out;
}

/// "80 02 4e" -> three bytes.
inline std::string from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string digits(text);
  std::erase(digits, ' ');
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(digit(digits[i]) * 16 + digit(digits[i + 1]));
  return out;
}

/// Little-endian bytes of a number, as opcodes have them.
inline std::string number_bytes(std::uint64_t number, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>((number >> (8 * i)) & 0xFF);
  return out;
}

inline std::string repeat(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

/// Recursive: for small graphs only.
class Shower {
 public:
  explicit Shower(const Graph& graph) : graph_(graph) {}

  std::string show(NodeId node) {
    if (std::ranges::find(path_, node) != path_.end()) return "...";
    path_.push_back(node);
    std::string shown = show_kind(node);
    path_.pop_back();
    return shown;
  }

 private:
  std::string show_kind(NodeId node) {
    switch (graph_.kind(node)) {
      case Kind::none:
        return "None";
      case Kind::boolean:
        return graph_.boolean(node) ? "True" : "False";
      case Kind::integer:
        return concat(graph_.integer(node));
      case Kind::big_integer:
        return concat("long'", to_hex(graph_.text(node)), "'");
      case Kind::real:
        return real_text(graph_.real(node));
      case Kind::text:
        return quote(graph_.text(node));
      case Kind::raw_text:
        return concat("raw", quote(graph_.text(node)));
      case Kind::bytes:
        return concat("b", quote(graph_.text(node)));
      case Kind::byte_array:
        return concat("bytearray", quote(graph_.text(node)));
      case Kind::tuple:
        return concat('(', show_all(graph_.items(node)), ')');
      case Kind::list:
        return concat('[', show_all(graph_.items(node)), ']');
      case Kind::set:
        return concat("set{", show_all(graph_.items(node)), '}');
      case Kind::frozen_set:
        return concat("frozenset{", show_all(graph_.items(node)), '}');
      case Kind::dict:
        return show_dict(graph_.entries(node));
      case Kind::global:
        return concat('<', graph_.global(node).module, ' ', graph_.global(node).name, '>');
      case Kind::persistent:
        return concat("persistent(", show(graph_.persistent_id(node)), ')');
      case Kind::object:
        return show_object(graph_.object(node));
    }
    return "?";
  }

  std::string show_all(std::span<const NodeId> nodes) {
    std::vector<std::string> shown;
    for (const NodeId node : nodes) shown.push_back(show(node));
    return join(shown, ", ");
  }

  std::string show_dict(std::span<const Entry> entries) {
    std::vector<std::string> shown;
    for (const Entry& entry : entries)
      shown.push_back(concat(show(entry.key), ": ", show(entry.value)));
    return concat('{', join(shown, ", "), '}');
  }

  std::string show_object(const Object& object) {
    constexpr std::string_view calls[] = {"call", "new", "new_ex"};
    std::string out = concat(calls[static_cast<int>(object.construction)], '(',
                             show(object.callable), ", ", show(object.args));
    if (object.keywords != no_node) out += concat(", ", show(object.keywords));
    out += ')';
    for (const Step& step : object.steps) out += show_step(step);
    return out;
  }

  std::string show_step(const Step& step) {
    constexpr std::string_view verbs[] = {".append(", ".set(", ".add(", ".build("};
    const std::string key = step.key == no_node ? "" : concat(show(step.key), ", ");
    return concat(verbs[static_cast<int>(step.kind)], key, show(step.value), ')');
  }

  const Graph& graph_;
  std::vector<NodeId> path_;
};

inline Unpickled unpickle_text(std::string_view pickle) { return unpickle(as_bytes(pickle)); }

inline std::string show(const Graph& graph) { return Shower(graph).show(graph.root()); }

/// What the pickle says, as text.
inline std::string shown(std::string_view pickle) { return show(unpickle_text(pickle).graph); }

/// The pickle at protocol 2.
inline std::string repickled(std::string_view pickle) {
  return std::string(as_text(ckpt::pickle::pickle(unpickle_text(pickle).graph)));
}

/// The message of the Error that `body` throws, or "no error".
template <class Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

inline std::string unpickle_error(std::string_view pickle) {
  return message_of([&] { unpickle_text(pickle); });
}

}  // namespace ckpt::pickle::samples
