// Checks first which opcodes occur, then each name, call, state and change of the scan in order.
// The refusal with the smallest offset counts: torch.load stops there.

#include "ckpt/torch/weights_only.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/pickle/python2_names.hpp"
#include "torch/call_rules.hpp"

namespace ckpt::torch {

namespace {

using pickle::Deed;
using pickle::Graph;
using pickle::Kind;
using pickle::Site;

/// The opcodes that weights_only knows, by the name in pickletools. BINFLOAT since torch 2.0.
constexpr auto known_opcodes = std::to_array<std::string_view>({
    "GLOBAL",          "NEWOBJ",      "REDUCE",     "BUILD",       "APPEND",
    "APPENDS",         "SETITEM",     "SETITEMS",   "MARK",        "TUPLE",
    "TUPLE1",          "TUPLE2",      "TUPLE3",     "NONE",        "NEWFALSE",
    "NEWTRUE",         "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT",  "EMPTY_SET",
    "BININT",          "BININT1",     "BININT2",    "BINFLOAT",    "BINUNICODE",
    "SHORT_BINSTRING", "BINPERSID",   "BINGET",     "LONG_BINGET", "BINPUT",
    "LONG_BINPUT",     "LONG1",       "PROTO",      "STOP",
});

constexpr std::uint8_t short_binstring = 'U';
constexpr std::uint8_t setitem = 's';
constexpr std::uint8_t setitems = 'u';

constexpr const char* wrong_key = "an item whose key cannot be one";

class Judge {
 public:
  Judge(const pickle::Scan& scan, Origin origin) : scan_(scan), rules_(scan.graph, origin) {}

  WeightsOnly judge() {
    judge_opcodes();
    for (const Site& site : scan_.sites) {
      if (verdict_.refusal && verdict_.refusal->offset <= site.offset) break;
      if (auto reason = find_objection(site)) refuse(std::move(*reason), site.offset);
    }
    judge_keys();
    judge_strings();
    if (scan_.broken) refuse(scan_.broken->message(), scan_.size_bytes);
    return std::move(verdict_);
  }

 private:
  void refuse(std::string reason, std::size_t offset) {
    if (verdict_.refusal && verdict_.refusal->offset <= offset) return;
    verdict_.refusal = Refusal{std::move(reason), offset};
  }

  void need(Release release) { verdict_.since = std::max(verdict_.since, release); }

  void judge_opcodes() {
    for (std::size_t code = 0; code < scan_.first_offsets.size(); ++code) {
      const std::size_t offset = scan_.first_offsets[code];
      if (offset == pickle::Scan::not_seen) continue;
      const std::string_view name = pickle::opcode_name(static_cast<std::uint8_t>(code));
      if (name == "BINFLOAT") need(Release::v2_0);
      if (name == "EMPTY_SET") need(Release::v2_6);
      if (std::ranges::find(known_opcodes, name) == known_opcodes.end())
        refuse(concat("the opcode ", name, " is not allowed"), offset);
    }
  }

  std::optional<std::string> find_objection(const Site& site) {
    switch (site.deed) {
      case Deed::names:
        return judge_name(scan_.graph.global(site.node));
      case Deed::calls:
        return rules_.find_wrong_call(site.node);
      case Deed::builds:
        return rules_.find_wrong_build(site.node, site.value);
      case Deed::changes:
        return judge_change(site);
      case Deed::asks_host:
        return rules_.find_wrong_storage(site.node);
    }
    return std::nullopt;
  }

  std::optional<std::string> judge_name(const pickle::Global& global) {
    const std::string path = path_of(global);
    if (is_blocked_module(pickle::to_python3(global).module))
      return concat("the global ", path, " is of a blocked module");
    const auto allowed = find_allowed_global(path);
    if (!allowed) return concat("the global ", path, " is not allowed");
    need(allowed->since);
    return std::nullopt;
  }

  std::optional<std::string> judge_change(const Site& site) {
    const std::string_view opcode = pickle::opcode_name(site.opcode);
    const bool is_item = opcode.starts_with("SETITEM");
    if (is_item && rules_.takes_items(site.node)) return std::nullopt;
    return concat(opcode, is_item ? " of what is no dict" : " to what is no list");
  }

  /// Checks the keys of each object once, although items were set one by one.
  void judge_keys() {
    for (const Site& site : scan_.sites)
      if (site.deed == Deed::calls && rules_.has_unhashable_key(site.node))
        refuse(wrong_key, site.offset);
    const std::size_t first_item =
        std::min(scan_.first_offsets[setitem], scan_.first_offsets[setitems]);
    if (first_item == pickle::Scan::not_seen) return;
    for (std::size_t i = 0; i < scan_.graph.size(); ++i) {
      const pickle::NodeId node{static_cast<std::uint32_t>(i)};
      if (scan_.graph.is(node, Kind::dict) && rules_.has_unhashable_key(node))
        return refuse(wrong_key, first_item);
    }
  }

  /// Python 2 strings are decoded as UTF-8, the default of torch.load.
  void judge_strings() {
    const std::size_t offset = scan_.first_offsets[short_binstring];
    if (offset == pickle::Scan::not_seen) return;
    for (std::size_t i = 0; i < scan_.graph.size(); ++i) {
      const pickle::NodeId node{static_cast<std::uint32_t>(i)};
      if (scan_.graph.is(node, Kind::raw_text) && !is_utf8(scan_.graph.text(node)))
        return refuse("a string of Python 2 that is not UTF-8", offset);
    }
  }

  const pickle::Scan& scan_;
  CallRules rules_;
  WeightsOnly verdict_;
};

}  // namespace

std::string path_of(const pickle::Global& global) {
  const pickle::Global mapped = pickle::to_python3(global);
  return concat(mapped.module, '.', mapped.name);
}

WeightsOnly judge_weights_only(const pickle::Scan& scan, Origin origin) {
  return Judge(scan, origin).judge();
}

}  // namespace ckpt::torch
