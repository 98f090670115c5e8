// Checks of single arguments and calls, by the types that the functions of torch 2.13 accept.

#include "torch/call_rules.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/torch/storage_classes.hpp"

namespace ckpt::torch {

namespace {

using pickle::Construction;
using pickle::Kind;
using pickle::NodeId;

constexpr auto device_types = std::to_array<std::string_view>(
    {"cpu",    "cuda", "ipu",  "xpu",  "mkldnn", "opengl",       "opencl",
     "ideep",  "hip",  "ve",   "fpga", "maia",   "xla",          "lazy",
     "vulkan", "mps",  "meta", "hpu",  "mtia",   "privateuseone"});

constexpr auto layout_names = std::to_array<std::string_view>(
    {"torch.strided", "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_csc",
     "torch.sparse_bsr", "torch.sparse_bsc", "torch._mkldnn", "torch.jagged"});

bool is_device_index(std::string_view text) {
  constexpr std::uint64_t largest = std::numeric_limits<std::int32_t>::max();
  const auto index = find_unsigned(text);
  return index && *index <= largest && (text.size() == 1 || !text.starts_with('0'));
}

/// Whether torch.device accepts `text`: "cuda" or "cuda:0", but not "cuda:00".
bool is_device_text(std::string_view text) {
  constexpr std::size_t longest_bytes = 64;
  if (text.size() > longest_bytes) return false;
  const std::size_t colon = text.find(':');
  const bool is_known =
      std::ranges::find(device_types, text.substr(0, colon)) != device_types.end();
  return is_known && (colon == std::string_view::npos || is_device_index(text.substr(colon + 1)));
}

/// Texts of a pickle may contain surrogates; no encoding has them.
bool is_surrogate(char32_t code) { return code >= 0xd800 && code <= 0xdfff; }

/// The encodings that _codecs.encode may use; all code points must be below the limit.
struct EncodingRow {
  std::string_view name;
  char32_t limit;
};
constexpr auto encodings = std::to_array<EncodingRow>({{"latin1", 0x100},
                                                       {"latin-1", 0x100},
                                                       {"iso-8859-1", 0x100},
                                                       {"ascii", 0x80},
                                                       {"utf-8", 0x110000},
                                                       {"utf8", 0x110000}});

}  // namespace

namespace {

/// A call looks at its shape argument at most this many times.
constexpr std::size_t asked_of_shape = 4;
constexpr std::size_t few_dimensions = std::size_t{1} << 20;

}  // namespace

CallRules::CallRules(const pickle::Graph& graph, Origin origin)
    : graph_(graph),
      origin_(origin),
      is_unhashable_(graph.size()),
      dimensions_left_(asked_of_shape * graph.size() + few_dimensions) {
  for (std::size_t i = 0; i < graph.size(); ++i)
    is_unhashable_[i] = is_made_unhashable(NodeId{static_cast<std::uint32_t>(i)});
}

std::optional<AllowedGlobal> CallRules::allowed_of(NodeId global) const {
  if (!graph_.is(global, Kind::global)) return std::nullopt;
  return find_allowed_global(path_of(graph_.global(global)));
}

Gives CallRules::type_of(NodeId node) const {
  if (graph_.is(node, Kind::persistent)) return Gives::storage;
  if (!graph_.is(node, Kind::object)) return Gives::nothing;
  const auto callable = allowed_of(graph_.object(node).callable);
  return callable ? callable->gives : Gives::nothing;
}

bool CallRules::is_text(NodeId node) const {
  return graph_.is(node, Kind::text) || graph_.is(node, Kind::raw_text);
}

bool CallRules::is_integer(NodeId node) const {
  return graph_.is(node, Kind::integer) || graph_.is(node, Kind::boolean) ||
         graph_.is(node, Kind::big_integer);
}

bool CallRules::is_number(NodeId node) const {
  return is_integer(node) || graph_.is(node, Kind::real) || type_of(node) == Gives::complex_number;
}

bool CallRules::is_tensor(NodeId node) const {
  const Gives type = type_of(node);
  return type == Gives::tensor || type == Gives::parameter;
}

bool CallRules::is_mapping(NodeId node) const {
  return graph_.is(node, Kind::dict) || takes_items(node);
}

bool CallRules::is_iterable(NodeId node) const {
  const Kind kind = graph_.kind(node);
  if (is_text(node) || is_mapping(node) || kind == Kind::tuple || kind == Kind::list ||
      kind == Kind::set)
    return true;
  const Gives type = type_of(node);
  return type == Gives::size || type == Gives::set || type == Gives::bytes ||
         type == Gives::byte_array || is_tensor(node) || type == Gives::storage;
}

bool CallRules::is_hashable(NodeId node) const {
  return !is_unhashable_[static_cast<std::size_t>(node)];
}

/// A tuple is unhashable when one of its items is. Items have smaller ids than their tuple, so one
/// ascending pass decides all nodes.
bool CallRules::is_made_unhashable(NodeId node) const {
  const Kind kind = graph_.kind(node);
  if (kind == Kind::list || kind == Kind::dict || kind == Kind::set) return true;
  if (kind == Kind::tuple)
    return !std::ranges::all_of(graph_.items(node), [&](NodeId item) { return is_hashable(item); });
  const Gives type = type_of(node);
  return type == Gives::ordered_dict || type == Gives::counter || type == Gives::set ||
         type == Gives::byte_array;
}

std::span<const NodeId> CallRules::items_or_none(NodeId node) const {
  const Kind kind = graph_.kind(node);
  if (kind == Kind::tuple || kind == Kind::list || kind == Kind::set) return graph_.items(node);
  return {};
}

template <class Ask>
bool CallRules::ask_once(Question question, NodeId node, Ask&& ask) const {
  constexpr std::size_t few = 16;
  const std::size_t count =
      graph_.is(node, Kind::dict) ? graph_.entries(node).size() : items_or_none(node).size();
  if (count <= few) return ask();
  constexpr unsigned question_bits = 3;
  const std::uint64_t key =
      static_cast<std::uint64_t>(node) << question_bits | static_cast<std::uint64_t>(question);
  const auto known = answers_.find(key);
  return known != answers_.end() ? known->second : answers_.emplace(key, ask()).first->second;
}

bool CallRules::are_hashable(NodeId node) const {
  return ask_once(Question::are_hashable, node, [&] {
    return std::ranges::all_of(items_or_none(node), [&](NodeId item) { return is_hashable(item); });
  });
}

bool CallRules::are_integers(NodeId node) const {
  if (is_text(node)) return graph_.text(node).empty();
  return ask_once(Question::are_integers, node, [&] {
    if (graph_.is(node, Kind::dict))
      return std::ranges::all_of(graph_.entries(node),
                                 [&](const pickle::Entry& entry) { return is_integer(entry.key); });
    return std::ranges::all_of(items_or_none(node), [&](NodeId item) { return is_integer(item); });
  });
}

bool CallRules::are_pairs(NodeId node) const {
  if (is_mapping(node)) return true;
  if (is_text(node)) return graph_.text(node).empty();
  return ask_once(Question::are_pairs, node, [&] {
    return std::ranges::all_of(items_or_none(node), [&](NodeId item) {
      return items_or_none(item).size() == 2 && is_hashable(items_or_none(item)[0]);
    });
  });
}

bool CallRules::has_text_keys(NodeId dict) const {
  return ask_once(Question::are_text_keys, dict, [&] {
    return std::ranges::all_of(graph_.entries(dict),
                               [&](const pickle::Entry& entry) { return is_text(entry.key); });
  });
}

bool CallRules::has_conj_key(NodeId dict) const {
  return ask_once(Question::has_conj_key, dict, [&] {
    return std::ranges::any_of(graph_.entries(dict), [&](const pickle::Entry& entry) {
      return graph_.is_text(entry.key, "conj");
    });
  });
}

bool CallRules::is_global_path(NodeId node, std::string_view path) const {
  return graph_.is(node, Kind::global) && path_of(graph_.global(node)) == path;
}

std::optional<std::string> CallRules::find_wrong_call(NodeId id) const {
  const pickle::Object& object = graph_.object(id);
  const auto callable = allowed_of(object.callable);
  if (!callable) return "calls what is no allowed global";
  const std::string path = path_of(graph_.global(object.callable));
  const bool is_class = callable->is_class;
  if (callable->gives == Gives::nothing ||
      (object.construction != Construction::reduce && !is_class))
    return concat(path, " cannot be called");
  // weights_only passes *args, so any iterable is accepted.
  if (!is_iterable(object.args)) return concat(path, " is called with what is no tuple");
  if (!graph_.is(object.args, Kind::tuple) && !graph_.is(object.args, Kind::list))
    return std::nullopt;
  const auto args = graph_.items(object.args);
  // __new__ of a mutable container accepts any arguments and ignores them.
  const bool is_lenient =
      object.construction == Construction::newobj &&
      (callable->gives == Gives::ordered_dict || callable->gives == Gives::counter ||
       callable->gives == Gives::set || callable->gives == Gives::byte_array);
  if (is_lenient) return std::nullopt;
  if (args.size() < callable->fewest_arguments || args.size() > callable->most_arguments)
    return concat(path, " does not take ", counted(args.size(), "argument"));
  if (takes(*callable, args)) return std::nullopt;
  return concat(path, " does not take these arguments");
}

bool CallRules::takes(const AllowedGlobal& callable, std::span<const NodeId> args) const {
  switch (callable.gives) {
    case Gives::ordered_dict:
      return args.empty() || (is_iterable(args[0]) && are_pairs(args[0]));
    case Gives::counter:
      return args.empty() || graph_.is(args[0], Kind::none) ||
             (is_iterable(args[0]) && are_hashable(args[0]));
    case Gives::set:
      return args.empty() || (is_iterable(args[0]) && are_hashable(args[0]));
    case Gives::size:
      return args.empty() || (is_iterable(args[0]) && are_integers(args[0]));
    case Gives::device:
      return is_device(args);
    case Gives::layout:
      return is_text(args[0]) &&
             std::ranges::find(layout_names, graph_.text(args[0])) != layout_names.end();
    case Gives::bytes:
      return is_encodable(args);
    case Gives::byte_array:
      return fills_byte_array(args);
    case Gives::complex_number:
      return args.empty() || (is_text(args[0]) && args.size() == 1) ||
             std::ranges::all_of(args, [&](NodeId arg) { return is_number(arg); });
    case Gives::tensor:
    case Gives::parameter:
      return is_rebuild(callable, args);
    case Gives::storage:
      return args.empty() || (args.size() == 1 && is_filling(args[0]));
    case Gives::nothing:
      return true;
  }
  return true;
}

/// Whether `node` can fill a storage: its number of elements, or the elements.
bool CallRules::is_filling(NodeId node) const {
  if (graph_.is(node, Kind::integer)) return graph_.integer(node) >= 0;
  return graph_.is(node, Kind::boolean) || graph_.is(node, Kind::tuple) ||
         graph_.is(node, Kind::list) || type_of(node) == Gives::size;
}

bool CallRules::is_device(std::span<const NodeId> args) const {
  if (type_of(args[0]) == Gives::device) return args.size() == 1;
  if (!is_text(args[0]) || !is_device_text(graph_.text(args[0]))) return false;
  if (args.size() == 1) return true;
  const bool has_index = graph_.text(args[0]).find(':') != std::string_view::npos;
  return graph_.is(args[1], Kind::integer) && graph_.integer(args[1]) >= 0 &&
         graph_.integer(args[1]) < 128 && !has_index;
}

CallRules::Characters CallRules::characters_of(NodeId text) const {
  const auto known = characters_.find(text);
  if (known != characters_.end()) return known->second;
  constexpr std::size_t few_bytes = 64;
  Characters characters;
  std::string_view rest = graph_.text(text);
  const bool is_long = rest.size() > few_bytes;
  while (!rest.empty() && characters.is_valid) {
    const Utf8Char next = decode_utf8(rest);
    characters.is_valid = next.is_valid;
    characters.has_surrogates = characters.has_surrogates || is_surrogate(next.code);
    characters.largest = std::max(characters.largest, next.code);
    rest.remove_prefix(next.size_bytes);
  }
  if (is_long) characters_.emplace(text, characters);
  return characters;
}

bool CallRules::is_encodable(std::span<const NodeId> args) const {
  if (!std::ranges::all_of(args, [&](NodeId arg) { return is_text(arg); })) return false;
  const std::string_view name = args.size() < 2 ? "utf-8" : graph_.text(args[1]);
  const auto encoding = std::ranges::find(encodings, name, &EncodingRow::name);
  if (encoding == encodings.end()) return false;
  const Characters characters = characters_of(args[0]);
  return characters.is_valid && characters.largest < encoding->limit &&
         (!characters.has_surrogates || args.size() > 2);
}

bool CallRules::fills_byte_array(std::span<const NodeId> args) const {
  if (args.empty()) return true;
  if (is_text(args[0]))
    return args.size() > 1 && std::ranges::all_of(args, [&](NodeId arg) { return is_text(arg); });
  if (args.size() > 1) return false;
  if (graph_.is(args[0], Kind::integer)) return graph_.integer(args[0]) >= 0;
  if (graph_.is(args[0], Kind::boolean)) return true;
  const auto fits = [&](NodeId item) {
    return graph_.is(item, Kind::integer) && graph_.integer(item) >= 0 &&
           graph_.integer(item) < 256;
  };
  return is_iterable(args[0]) && ask_once(Question::are_byte_values, args[0], [&] {
           return std::ranges::all_of(items_or_none(args[0]), fits);
         });
}

std::optional<std::string> CallRules::find_wrong_build(NodeId target, NodeId state) const {
  const Gives type = type_of(target);
  const bool is_empty =
      graph_.is(state, Kind::none) ||
      (is_mapping(state) && graph_.is(state, Kind::dict) && graph_.entries(state).empty());
  switch (type) {
    case Gives::ordered_dict:
      if (is_iterable(state) && are_pairs(state)) return std::nullopt;
      return "BUILD of an OrderedDict with what is no dict";
    case Gives::counter:
      if (is_empty || is_mapping(state)) return std::nullopt;
      return "BUILD of a Counter with what is no dict";
    case Gives::tensor:
      // This is set_() without arguments.
      if (const auto items = items_or_none(state); is_iterable(state) && items.empty())
        return std::nullopt;
      else if (sets_storage(target, items))
        return std::nullopt;
      return "BUILD of a tensor with what is no storage, offset, size and stride";
    case Gives::parameter:
      if (const auto items = items_or_none(state); items.size() >= 3 && items.size() <= 5)
        return std::nullopt;
      return "BUILD of a Parameter with an unknown state";
    case Gives::size:
    case Gives::device:
    case Gives::set:
    case Gives::byte_array:
    case Gives::complex_number:
      if (is_empty) return std::nullopt;
      return "BUILD of a value without attributes";
    default:
      return "BUILD of what is neither a tensor nor an OrderedDict";
  }
}

std::optional<std::string> CallRules::find_wrong_storage(NodeId persistent) const {
  const NodeId id = graph_.persistent_id(persistent);
  const auto parts = items_or_none(id);
  const std::size_t part_count = origin_ == Origin::zip ? 5 : 6;
  if (!graph_.is(id, Kind::tuple) || parts.size() != part_count ||
      !graph_.is_text(parts[0], "storage"))
    return "a reference outside the pickle that is no storage";
  const auto storage_class =
      graph_.is(parts[1], Kind::global)
          ? find_storage_class(graph_.global(parts[1]).module, graph_.global(parts[1]).name)
          : std::nullopt;
  if (!storage_class) return "a storage of no known class";
  if (origin_ == Origin::legacy_stream && !storage_class->dtype)
    return "an UntypedStorage, which torch.load does not read from a file of before 1.6";
  return std::nullopt;
}

bool CallRules::has_unhashable_key(NodeId mapping) const {
  if (graph_.is(mapping, Kind::dict))
    return std::ranges::any_of(graph_.entries(mapping),
                               [&](const pickle::Entry& entry) { return !is_hashable(entry.key); });
  return takes_items(mapping) &&
         std::ranges::any_of(graph_.object(mapping).steps, [&](const pickle::Step& step) {
           return step.kind == pickle::StepKind::set_item && !is_hashable(step.key);
         });
}

bool CallRules::takes_items(NodeId target) const {
  const Gives type = type_of(target);
  return type == Gives::ordered_dict || type == Gives::counter;
}

}  // namespace ckpt::torch
