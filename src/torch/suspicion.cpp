#include "torch/suspicion.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/text.hpp"
#include "ckpt/torch/allowed_globals.hpp"
#include "ckpt/torch/weights_only.hpp"

namespace ckpt::torch {

namespace {

using pickle::Deed;
using pickle::Kind;
using pickle::Parting;
using pickle::Scan;
using pickle::Site;

/// Indexed by Parting.
constexpr auto parting_texts = std::to_array<std::string_view>({
    "has an argument that reaches over the end of its frame, which unpicklers read in several ways",
    "opens a frame before the last one ends, which unpicklers read in several ways",
    "ends before its frame does: unpicklers look for the next pickle in several places",
    "has an index into its memo that unpicklers read in several ways",
    "takes values from below a mark, as only unpicklers before Python 3.6 do",
    "has text that only Python 2 reads",
    "has a key without a value, which only Python 2 passes over",
    "takes from its memo what only an earlier pickle has put there",
});
static_assert(parting_texts.size() == pickle::parting_count);

/// 0x1950A86A20F9469CFC6C in the form that pickle::Graph keeps.
constexpr std::string_view magic_number = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

constexpr auto list_builders = std::to_array<std::string_view>({
    "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_tensorlist",
    "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_tensor_from_id",
    "torch.jit._pickle.restore_type_tag",
});

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

bool is_name(std::string_view line) {
  return !line.empty() && std::ranges::all_of(line, is_of_name);
}

/// Whether the line may end in the opcode GLOBAL or INST and a module name: the letter c or i, and
/// more after it.
bool ends_in_module(std::string_view line) {
  std::size_t begin = line.size();
  while (begin > 0 && is_of_name(line[begin - 1])) --begin;
  return line.substr(begin).find_first_of("ci") < line.size() - begin - 1;
}

/// Whether "...cos\nsystem\n" or similar occurs anywhere in the text.
bool holds_global_by_lines(std::string_view text) {
  bool is_behind_module = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (is_behind_module && is_name(line)) return true;
    is_behind_module = ends_in_module(line);
    begin = end + 1;
  }
  return false;
}

bool names_what_is_not_allowed(const Scan& scan) {
  return std::ranges::any_of(scan.sites, [&scan](const Site& site) {
    return site.deed == Deed::names && !find_allowed_global(path_of(scan.graph.global(site.node)));
  });
}

}  // namespace

bool does_something(const Scan& scan) {
  return std::ranges::any_of(scan.sites,
                             [](const Site& site) { return site.deed != Deed::asks_host; });
}

bool acts(const Scan& scan) {
  return std::ranges::any_of(scan.sites, [&scan](const Site& site) {
    const bool is_change = site.deed == Deed::builds || site.deed == Deed::changes;
    return site.deed == Deed::calls || (is_change && scan.graph.is(site.node, Kind::global));
  });
}

bool recalls(const Scan& scan) {
  return std::ranges::any_of(std::string_view("ghj"), [&scan](char opcode) {
    return scan.first_offsets[static_cast<std::size_t>(opcode)] != Scan::not_seen;
  });
}

std::string_view describe(Parting parting) {
  return parting_texts[static_cast<std::size_t>(parting)];
}

bool is_ambiguous(const Scan& scan, ByteView bytes) {
  if (scan.parts_at_frames()) return true;
  const bool has_other_stack = scan.has_parting(Parting::crossed_mark);
  const bool has_other_memo = scan.has_parting(Parting::index);
  return ((has_other_stack || has_other_memo) && names_what_is_not_allowed(scan)) ||
         (has_other_stack && holds_global_by_lines(as_text(bytes)));
}

bool sets_items_of_no_dict(const Scan& scan, const Site& site) {
  if (!pickle::opcode_name(site.opcode).starts_with("SETITEM")) return false;
  const Kind kind = scan.graph.kind(site.node);
  if (kind != Kind::object) return kind != Kind::global;
  const pickle::NodeId callable = scan.graph.object(site.node).callable;
  if (!scan.graph.is(callable, Kind::global)) return false;
  const auto allowed = find_allowed_global(path_of(scan.graph.global(callable)));
  return allowed && allowed->gives != Gives::ordered_dict && allowed->gives != Gives::counter;
}

bool is_torchscript_name(std::string_view path, Dialect dialect) {
  if (dialect == Dialect::python) return false;
  const bool is_own = dialect == Dialect::torchscript_object && path.starts_with("__torch__.");
  return is_own || std::ranges::find(list_builders, path) != list_builders.end();
}

bool is_legacy_magic(const Scan& scan) {
  const pickle::NodeId root = scan.graph.root();
  return !scan.broken && scan.graph.is(root, Kind::big_integer) &&
         scan.graph.text(root) == magic_number;
}

std::size_t most_pickles_after(const Scan& first) {
  return is_legacy_magic(first) ? legacy_pickles : usual_most_pickles;
}

bool is_suspect(ByteView start, pickle::Extent extent) {
  if (looks_like_pickle(as_text(start))) return true;
  pickle::ScanOptions options{.extent = extent};
  for (std::size_t i = 0; i < usual_most_pickles; ++i) {
    const Scan scan = pickle::scan(start, options);
    options = scan.next_options(options);
    const bool is_naming =
        std::ranges::any_of(scan.sites, [](const Site& site) { return site.deed == Deed::names; });
    if (is_naming || is_ambiguous(scan, start)) return true;
    if (scan.broken) return false;
    start = start.subspan(scan.size_bytes);
    if (start.empty()) return false;
  }
  return true;
}

}  // namespace ckpt::torch
