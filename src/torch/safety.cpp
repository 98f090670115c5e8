// Collects findings from scans: names, calls, states, changes. A stream may hold several pickles,
// and a string may hold a pickle, so both are followed; if unpicklers disagree about frames, every
// reading is inspected.

#include "ckpt/torch/safety.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/pickle/name_limit.hpp"
#include "ckpt/pickle/python2_names.hpp"
#include "ckpt/torch/allowed_globals.hpp"
#include "ckpt/torch/weights_only.hpp"
#include "torch/expression.hpp"
#include "torch/suspicion.hpp"

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

/// pickle.loads and similar functions accept any protocol, including pickles without PROTO.
bool reads_pickles(std::string_view name) {
  return name.ends_with("loads") || name.ends_with(".load") || name.ends_with("_load_from_bytes");
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

void SafetyInspector::inspect(ByteView bytes, const std::string& place, Behind behind) {
  nested_bytes_left_ = 4 * std::uint64_t{bytes.size()} + (1 << 20);
  inspect_readings(bytes, place, behind);
  const Dialect dialect = std::exchange(dialect_, Dialect::python);  // restored afterwards: pickles
                                                                     // inside strings are judged as
                                                                     // plain Python
  while (!nested_.empty()) {
    const Pending next = std::move(nested_.back());
    nested_.pop_back();
    inspect_readings(next.bytes, next.place, Behind::pickles);
  }
  dialect_ = dialect;
}

void SafetyInspector::inspect_suspect(ByteView bytes, const std::string& place) {
  SafetyInspector aside(dialect_, most_objects_);
  aside.inspect(bytes, place);
  if (!aside.is_alarming()) return;
  Safety found = aside.result();
  for (Callable& callable : found.callables) safety_.callables.push_back(std::move(callable));
  for (Trick& trick : found.tricks) safety_.tricks.push_back(std::move(trick));
}

bool SafetyInspector::is_alarming() const {
  const auto is_called = [](const Callable& callable) {
    return callable.calls > 0 && !callable.is_allowed;
  };
  // An unpickler that reads the whole stream may recall, and call, what an earlier pickle has
  // named.
  const bool may_call_named =
      shares_memo_ && !std::ranges::all_of(safety_.callables, &Callable::is_allowed);
  return std::ranges::any_of(safety_.callables, is_called) || changes_globals_ || has_met_limit_ ||
         is_ambiguous_ || may_call_named;
}

/// Reads the pickle in each framing: bytes that a frame hides from one reader are executed by
/// another.
void SafetyInspector::inspect_readings(ByteView bytes, const std::string& place, Behind behind) {
  parts_at_frames_ = false;
  inspect_stream(bytes, place, behind);
  if (!parts_at_frames_) return;
  for (const pickle::Framing framing : {pickle::Framing::dropped, pickle::Framing::all_dropped}) {
    SafetyInspector aside(dialect_, most_objects_);
    aside.framing_ = framing;
    aside.nested_bytes_left_ = nested_bytes_left_;
    aside.inspect_stream(bytes, place, behind);
    nested_bytes_left_ = aside.nested_bytes_left_;
    for (Pending& nested : aside.nested_) nested_.push_back(std::move(nested));
    add_unknown(aside.result());
  }
}

void SafetyInspector::add_unknown(Safety found) {
  for (Callable& callable : found.callables)
    if (known_.try_emplace({callable.place, callable.name}, safety_.callables.size()).second)
      safety_.callables.push_back(std::move(callable));
  for (Trick& trick : found.tricks) add_trick(trick.place, trick.offset, std::move(trick.what));
}

void SafetyInspector::inspect_stream(ByteView bytes, const std::string& place, Behind behind) {
  bool is_legacy = false;
  pickle::ScanOptions options{.most_objects = most_objects_, .framing = framing_};
  for (std::size_t i = 0; i < usual_most_pickles; ++i) {
    if (i > 0 && bytes.empty()) return;
    const Scan scan = pickle::scan(bytes, options);
    shares_memo_ = shares_memo_ || (options.has_earlier_memo && recalls(scan));
    options = scan.next_options(options);
    if (i == 0) is_legacy = is_legacy_magic(scan);
    if (is_legacy) behind = i < legacy_pickles ? Behind::pickles : Behind::other_bytes;
    const bool goes_on =
        i == 0 ? inspect_first(scan, bytes, place)
               : inspect_later(scan, bytes, concat(place, ": pickle ", i + 1), behind);
    if (!goes_on) return;
    bytes = bytes.subspan(scan.size_bytes);
  }
  note_more_pickles(bytes, place);
}

void SafetyInspector::note_more_pickles(ByteView bytes, const std::string& place) {
  const Scan scan = pickle::scan(bytes, {.most_objects = most_objects_, .framing = framing_});
  if (scan.opcode_count == 0) return;
  has_met_limit_ = true;
  add_trick(place, 0, concat("holds more than ", usual_most_pickles, " pickles"));
}

/// Returns whether to look for another pickle behind this one.
bool SafetyInspector::inspect_first(const Scan& scan, ByteView bytes, const std::string& place) {
  add_scan(scan, bytes, place);
  if (scan.broken) add_broken(scan, place);
  return !scan.broken;
}

bool SafetyInspector::inspect_later(const Scan& scan, ByteView bytes, const std::string& place,
                                    Behind behind) {
  const bool has_met_limit = scan.broken && scan.broken->kind() == ErrorKind::limit;
  const bool is_told =
      behind == Behind::pickles ? scan.opcode_count > 0 || does_something(scan) : acts(scan);
  if (scan.broken && !is_told && !has_met_limit && !scan.parts_at_frames()) return false;
  add_scan(scan, bytes, place);
  if (scan.broken) add_broken(scan, place);
  return !scan.broken;
}

void SafetyInspector::add_scan(const Scan& scan, ByteView bytes, const std::string& place) {
  if (scan.broken && scan.broken->kind() == ErrorKind::limit) has_met_limit_ = true;
  add_sites(scan, place);
  add_partings(scan, bytes, place);
  collect_nested(scan, place);
}

void SafetyInspector::add_broken(const Scan& scan, const std::string& place) {
  add_trick(place, scan.size_bytes,
            concat("is broken: ", scan.broken->message(),
                   does_something(scan) ? "; what comes before is done" : ""));
}

void SafetyInspector::add_partings(const Scan& scan, ByteView bytes, const std::string& place) {
  parts_at_frames_ = parts_at_frames_ || scan.parts_at_frames();
  is_ambiguous_ = is_ambiguous_ || is_ambiguous(scan, bytes);
  for (std::size_t i = 0; i < scan.first_partings.size(); ++i)
    if (scan.first_partings[i] != Scan::not_seen)
      add_trick(place, scan.first_partings[i], std::string(describe(pickle::Parting(i))));
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
  callable.is_allowed =
      (find_allowed_global(path) && !is_blocked) || is_torchscript_name(path, dialect_);
  if (global.module == pickle::computed_name)
    add_trick(place, site.offset, "names a global whose name is made while the pickle runs");
  if (global.module == pickle::extension_registry)
    add_trick(place, site.offset, concat("names a global by an extension ", global.name));
  if (std::max(global.module.size(), global.name.size()) > pickle::longest_name_bytes)
    add_trick(place, site.offset,
              concat("names a global by more than ", pickle::longest_name_bytes, " bytes"));
  constexpr std::string_view breaks("\n\r\0", 3);
  if (global.name.find_first_of(breaks) != std::string_view::npos ||
      global.module.find_first_of(breaks) != std::string_view::npos)
    add_trick(place, site.offset, "names a global with a line break or a zero byte in its name");
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

/// BUILD on an allowed object is normal: state dicts get their _metadata this way.
void SafetyInspector::add_build(const Scan& scan, const Site& site, const std::string& place) {
  if (!scan.graph.is(site.node, Kind::global)) return;
  changes_globals_ = true;
  add_trick(place, site.offset,
            concat("sets attributes of ", expression(scan.graph, site.node), " itself"));
}

void SafetyInspector::add_change(const Scan& scan, const Site& site, const std::string& place) {
  if (sets_items_of_no_dict(scan, site))
    add_trick(place, site.offset,
              concat("sets items of ", expression(scan.graph, site.node), ", which is no dict"));
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
  std::vector<NodeId> loaded;  // arguments of calls that would unpickle them, whatever they look
                               // like
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
    // The same text for all depths: a text that grew with each depth would take quadratic memory.
    constexpr std::string_view inside = ": inside a string";
    nested_.push_back({place.ends_with(inside) ? place : concat(place, inside),
                       Bytes(bytes.begin(), bytes.end())});
  }
}

}  // namespace ckpt::torch
