#include "ckpt/torch/safety.hpp"

#include <algorithm>
#include <optional>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/pickle/python2_names.hpp"
#include "ckpt/torch/allowed_globals.hpp"
#include "ckpt/torch/weights_only.hpp"
#include "torch/expression.hpp"

namespace ckpt::torch {

namespace {

using pickle::Deed;
using pickle::Kind;
using pickle::NodeId;
using pickle::Scan;
using pickle::Site;

constexpr std::size_t longest_name = 300;

std::string shortened(std::string_view name) {
  if (name.size() <= longest_name) return escape_controls(name);
  return concat(escape_controls(name.substr(0, longest_name)), "...");
}

bool starts_with_latin1_pickle(std::string_view text) {
  return text.size() > 2 && text.starts_with("\xc2\x80") &&
         static_cast<unsigned char>(text[2]) <= 5;
}

/// How the stream of torch.save before 1.6 starts; its fifth pickle is followed by plain bytes.
constexpr std::string_view legacy_magic =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr std::size_t legacy_pickles = 5;
constexpr std::size_t usual_most_pickles = 64;

/// pickle.loads and its kin take any protocol, those without a PROTO too.
bool reads_pickles(std::string_view name) {
  return name.ends_with("loads") || name.ends_with(".load") || name.ends_with("_load_from_bytes");
}

/// Known in an archive of TorchScript: its own classes, and what builds its lists.
bool is_torchscript_name(std::string_view name) {
  return name.starts_with("__torch__.") || name.starts_with("torch.jit._pickle.");
}

}  // namespace

bool Safety::is_safe() const {
  return tricks.empty() && std::ranges::all_of(callables, [](const Callable& callable) {
           return callable.is_allowed;
         });
}

bool looks_like_pickle(std::string_view text) {
  return text.size() > 2 && text[0] == '\x80' && static_cast<unsigned char>(text[1]) <= 5;
}

std::size_t most_pickles_of(std::string_view text) {
  return text.starts_with(legacy_magic) ? legacy_pickles : usual_most_pickles;
}

bool is_suspect(ByteView start) {
  return looks_like_pickle(as_text(start)) ||
         std::ranges::any_of(pickle::scan(start).sites,
                             [](const Site& site) { return site.deed == Deed::names; });
}

void SafetyInspector::inspect(ByteView bytes, std::string place, std::size_t most_pickles) {
  nested_bytes_left_ = 4 * std::uint64_t{bytes.size()} + (1 << 20);
  inspect_stream(bytes, place, most_pickles);
  while (!nested_.empty()) {
    const Pending next = std::move(nested_.back());
    nested_.pop_back();
    inspect_stream(next.bytes, next.place, most_pickles);
  }
}

void SafetyInspector::inspect_suspect(ByteView bytes, std::string place) {
  SafetyInspector aside(dialect_, most_objects_);
  aside.inspect(bytes, std::move(place));
  Safety found = aside.result();
  const bool calls = std::ranges::any_of(found.callables, [](const Callable& callable) {
    return callable.calls > 0 && !callable.is_allowed;
  });
  if (!calls && !aside.changes_globals_ && !aside.has_met_limit_) return;
  for (Callable& callable : found.callables) safety_.callables.push_back(std::move(callable));
  for (Trick& trick : found.tricks) safety_.tricks.push_back(std::move(trick));
}

void SafetyInspector::inspect_stream(ByteView bytes, const std::string& place,
                                     std::size_t most_pickles) {
  const bool is_legacy = as_text(bytes).starts_with(legacy_magic);
  if (is_legacy) most_pickles = legacy_pickles;
  for (std::size_t i = 0; i < most_pickles && !bytes.empty(); ++i) {
    const std::size_t used =
        inspect_one(bytes, i == 0 ? place : concat(place, ": pickle ", i + 1), i == 0);
    if (used == 0) return;
    bytes = bytes.subspan(used);
  }
  if (!is_legacy && looks_like_pickle(as_text(bytes)))
    add_trick(place, 0, concat("holds more than ", most_pickles, " pickles"));
}

/// Returns the bytes up to the next pickle, or 0 when there is none to be looked for.
std::size_t SafetyInspector::inspect_one(ByteView bytes, const std::string& place, bool is_first) {
  const Scan scan = pickle::scan(bytes, most_objects_);
  const bool has_met_limit = scan.broken && scan.broken->kind() == ErrorKind::limit;
  has_met_limit_ = has_met_limit_ || has_met_limit;
  add_sites(scan, place);
  collect_nested(scan, place);
  const bool does_something = std::ranges::any_of(
      scan.sites, [](const Site& site) { return site.deed != Deed::asks_host; });
  if (scan.broken && (is_first || does_something || has_met_limit))
    add_trick(place, scan.size_bytes,
              concat("is broken: ", scan.broken->message(),
                     does_something ? "; what comes before is done" : ""));
  return scan.broken ? 0 : scan.size_bytes;
}

void SafetyInspector::add_sites(const Scan& scan, const std::string& place) {
  for (const Site& site : scan.sites) {
    switch (site.deed) {
      case Deed::names:
        add_name(scan, site, place);
        break;
      case Deed::calls:
        add_call(scan, site, place);
        break;
      case Deed::builds:
        add_build(scan, site, place);
        break;
      case Deed::changes:
        add_change(scan, site, place);
        break;
      case Deed::asks_host:
        break;
    }
  }
}

Callable& SafetyInspector::callable_at(const std::string& place, const std::string& name,
                                       std::size_t offset) {
  const auto [known, is_new] = known_.try_emplace({place, name}, safety_.callables.size());
  if (is_new) safety_.callables.push_back({.place = place, .name = name, .offset = offset});
  return safety_.callables[known->second];
}

void SafetyInspector::add_name(const Scan& scan, const Site& site, const std::string& place) {
  const pickle::Global global = scan.graph.global(site.node);
  const std::string path = path_of(global);
  Callable& callable = callable_at(place, shortened(path), site.offset);
  const std::string written = concat(global.module, '.', global.name);
  if (written != path) callable.written = shortened(written);
  const bool is_blocked = is_blocked_module(pickle::to_python3(global).module);
  callable.is_allowed = (find_allowed_global(path) && !is_blocked) ||
                        (dialect_ == Dialect::torchscript && is_torchscript_name(path));
  if (global.module == pickle::computed_name)
    add_trick(place, site.offset, "names a global whose name is made while the pickle runs");
  if (global.module == pickle::extension_registry)
    add_trick(place, site.offset, concat("names a global by an extension ", global.name));
  if (global.name.find_first_of("\n\r\0") != std::string_view::npos ||
      global.module.find_first_of("\n\r\0") != std::string_view::npos)
    add_trick(place, site.offset, "names a global with a line break in its name");
}

void SafetyInspector::add_call(const Scan& scan, const Site& site, const std::string& place) {
  const NodeId function = scan.graph.object(site.node).callable;
  const bool is_named = scan.graph.is(function, Kind::global);
  const std::string name = is_named ? shortened(path_of(scan.graph.global(function)))
                                    : concat("the result of ", expression(scan.graph, function));
  Callable& callable = callable_at(place, name, site.offset);
  ++callable.calls;
  if (!callable.is_allowed && callable.example.empty())
    callable.example = expression(scan.graph, site.node);
}

/// Setting the state of an allowed object is how state dicts get their _metadata.
void SafetyInspector::add_build(const Scan& scan, const Site& site, const std::string& place) {
  if (!scan.graph.is(site.node, Kind::global)) return;
  changes_globals_ = true;
  add_trick(place, site.offset,
            concat("sets attributes of ", expression(scan.graph, site.node), " itself"));
}

void SafetyInspector::add_change(const Scan& scan, const Site& site, const std::string& place) {
  if (!scan.graph.is(site.node, Kind::global)) return;
  changes_globals_ = true;
  add_trick(place, site.offset,
            concat("changes what ", expression(scan.graph, site.node), " holds"));
}

void SafetyInspector::add_trick(const std::string& place, std::size_t offset, std::string what) {
  if (known_tricks_.try_emplace({place, what}, offset).second)
    safety_.tricks.push_back({place, offset, std::move(what)});
}

void SafetyInspector::collect_nested(const Scan& scan, const std::string& place) {
  std::vector<NodeId> loaded;  // what a call would unpickle, whatever it looks like
  for (const Site& site : scan.sites) {
    if (site.deed != Deed::calls) continue;
    const pickle::Object& object = scan.graph.object(site.node);
    const bool is_loader = scan.graph.is(object.callable, Kind::global) &&
                           reads_pickles(path_of(scan.graph.global(object.callable)));
    if (is_loader && scan.graph.is(object.args, Kind::tuple))
      for (const NodeId arg : scan.graph.items(object.args)) loaded.push_back(arg);
  }
  std::ranges::sort(loaded);
  for (std::size_t i = 0; i < scan.graph.size(); ++i) {
    const NodeId node{static_cast<std::uint32_t>(i)};
    const Kind kind = scan.graph.kind(node);
    if (kind != Kind::bytes && kind != Kind::byte_array && kind != Kind::raw_text &&
        kind != Kind::text)
      continue;
    const std::string_view text = scan.graph.text(node);
    const bool is_loaded = std::ranges::binary_search(loaded, node);
    std::optional<std::string> decoded;
    if (kind == Kind::text && starts_with_latin1_pickle(text)) decoded = find_latin1(text);
    const std::string_view candidate = decoded ? *decoded : text;
    if (candidate.empty() || (!looks_like_pickle(candidate) && !is_loaded)) continue;
    if (candidate.size() > nested_bytes_left_) {
      add_trick(place, 0, "holds pickles within pickles, deeper than they are looked into");
      continue;
    }
    nested_bytes_left_ -= candidate.size();
    const ByteView bytes = as_bytes(candidate);
    // A name for all depths: one that grew with each would be quadratic.
    constexpr std::string_view inside = ": inside a string";
    nested_.push_back({place.ends_with(inside) ? place : concat(place, inside),
                       Bytes(bytes.begin(), bytes.end())});
  }
}

}  // namespace ckpt::torch
