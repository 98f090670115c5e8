// Prints at most a few levels; the depth limit makes recursion safe.

#include "torch/expression.hpp"

#include <span>

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/torch/weights_only.hpp"

namespace ckpt::torch {

namespace {

using pickle::Kind;
using pickle::NodeId;

constexpr std::size_t longest_bytes = 240;
constexpr int deepest_level = 5;
constexpr std::size_t most_items = 4;

class Writer {
 public:
  explicit Writer(const pickle::Graph& graph) : graph_(graph) {}

  /// Recursion is limited by `deepest_level`, not by the pickle.
  void write(NodeId node, int level) {
    if (out_.size() > longest_bytes || level > deepest_level) return put("...");
    switch (graph_.kind(node)) {
      case Kind::none:
        return put("None");
      case Kind::boolean:
        return put(graph_.boolean(node) ? "True" : "False");
      case Kind::integer:
        return put(concat(graph_.integer(node)));
      case Kind::big_integer:
        return put("<a large integer>");
      case Kind::real:
        return put(real_text(graph_.real(node)));
      case Kind::text:
      case Kind::raw_text:
        return put(quote(graph_.text(node).substr(0, longest_bytes)));
      case Kind::bytes:
      case Kind::byte_array:
        return put(concat('b', quote(graph_.text(node).substr(0, longest_bytes))));
      case Kind::tuple:
        return write_items("(", graph_.items(node), ")", level);
      case Kind::list:
        return write_items("[", graph_.items(node), "]", level);
      case Kind::set:
      case Kind::frozen_set:
        return write_items("{", graph_.items(node), "}", level);
      case Kind::dict:
        return put(graph_.entries(node).empty() ? "{}" : "{...}");
      case Kind::global:
        return put(escape_controls(path_of(graph_.global(node)).substr(0, longest_bytes)));
      case Kind::persistent:
        return put("<persistent>");
      case Kind::object:
        return write_call(graph_.object(node), level);
    }
  }

  std::string take() {
    if (out_.size() > longest_bytes) out_ = concat(out_.substr(0, longest_bytes), "...");
    // Shortening may have cut a character in two.
    return escape_controls(out_);
  }

 private:
  void put(std::string_view text) { out_ += text; }

  void write_items(std::string_view open, std::span<const NodeId> items, std::string_view close,
                   int level) {
    put(open);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) put(", ");
      if (i == most_items) {
        put("...");
        break;
      }
      write(items[i], level + 1);
    }
    put(close);
  }

  void write_call(const pickle::Object& object, int level) {
    write(object.callable, level + 1);
    if (graph_.is(object.args, Kind::tuple)) {
      write_items("(", graph_.items(object.args), ")", level);
    } else {
      put("(*");
      write(object.args, level + 1);
      put(")");
    }
  }

  const pickle::Graph& graph_;
  std::string out_;
};

}  // namespace

std::string expression(const pickle::Graph& graph, NodeId node) {
  Writer writer(graph);
  writer.write(node, 0);
  return writer.take();
}

}  // namespace ckpt::torch
