// `ckpt optim ls` as text: what each optimizer is, how its groups differ, and a line per id.
#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/optim/carry.hpp"
#include "ckpt/render/size_text.hpp"
#include "ckpt/render/table.hpp"
#include "commands/optim/listing.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

constexpr std::size_t most_names_listed = 20;

/// The keys whose values are not equal in all groups, in the order of the first group.
std::vector<std::string> differing_keys(const Tree& tree, const optim::Optimizer& optimizer) {
  std::vector<std::string> keys;
  const optim::Group& first = optimizer.groups.front();
  for (const model::TextEntry entry : model::text_entries(tree, first.node)) {
    if (entry.value == first.params) continue;
    const std::string key(entry.name);
    if (key == "param_names") continue;
    const std::string text = items_text(tree, entry.value);
    const bool differs = std::ranges::any_of(optimizer.groups, [&](const optim::Group& group) {
      const NodeId other = tree.find(group.node, key);
      return other == model::no_node || items_text(tree, other) != text;
    });
    if (differs || key == "lr" || key == "weight_decay") keys.push_back(key);
  }
  return keys;
}

std::string heading(const OptimizerListing& listing) {
  const optim::Optimizer& optimizer = listing.identified.optimizer;
  const optim::Resolution& resolution = listing.identified.resolution;
  const std::string place = optimizer.path_text.empty() ? "optimizer" : optimizer.path_text;
  if (!optimizer.is_editable()) return concat(place, ": ", optimizer.problem, "\n");
  std::uint64_t bytes = 0;
  for (const std::uint64_t of_slot : listing.bytes) bytes += of_slot;
  return concat(place, ": ", optimizer.kind, ", ", counted(optimizer.slots.size(), "id"), " in ",
                counted(optimizer.groups.size(), "group"), ", ", render::human_bytes(bytes),
                "\nnames: ", optim::level_text(resolution.level), " (", resolution.rule, ")\n");
}

std::string groups_text(const Tree& tree, const optim::Optimizer& optimizer) {
  std::string text;
  if (optimizer.groups.empty() || optimizer.groups.front().node == model::no_node) return text;
  const std::vector<std::string> keys = differing_keys(tree, optimizer);
  for (std::size_t g = 0; g < optimizer.groups.size(); ++g) {
    const optim::Group& group = optimizer.groups[g];
    text += concat("group ", g, ": ", counted(group.slot_count, "id"));
    for (const std::string& key : keys) {
      const NodeId value = tree.find(group.node, key);
      if (value != model::no_node) text += concat(", ", key, " ", items_text(tree, value));
    }
    text += '\n';
  }
  return text;
}

std::string name_cell(const OptimizerListing& listing, std::size_t index) {
  const optim::Resolution& resolution = listing.identified.resolution;
  if (index < resolution.names.size() && !resolution.names[index].empty()) {
    std::string cell = resolution.names[index];
    for (const std::string& tied : listing.ties[index]) cell += concat(" = ", tied);
    return cell;
  }
  const std::vector<std::string> names = possible_names(resolution, index);
  if (names.empty()) return "?";
  if (names.size() == 1) return names.front();
  if (names.size() <= 3) return concat("? ", join(names, " or "));
  return concat("? one of ", names.size(), ", ", names.front(), " ... ", names.back());
}

std::string state_cell(const Tree& tree, NodeId state) {
  if (state == model::no_node || !tree.is(state, Kind::dict)) return "none";
  std::vector<std::string> keys;
  for (const model::TextEntry entry : model::text_entries(tree, state))
    if (!tree.is_text(entry.key, "step")) keys.emplace_back(entry.name);
  return join(keys, " ");
}

render::Table ids_table(const Tree& tree, const OptimizerListing& listing) {
  using render::Align;
  render::Table table({{"id", Align::right},
                       {"group", Align::right},
                       {"name"},
                       {"shape"},
                       {"step", Align::right},
                       {"state"},
                       {"bytes", Align::right}});
  const optim::Optimizer& optimizer = listing.identified.optimizer;
  for (std::size_t i = 0; i < optimizer.slots.size(); ++i) {
    const optim::Slot& slot = optimizer.slots[i];
    const std::string group = concat(slot.group);
    const std::string name = name_cell(listing, i);
    const std::string shape = slot.shape ? shape_text(*slot.shape) : "-";
    const std::string step = listing.steps[i] ? real_text(*listing.steps[i]) : "-";
    const std::string state = state_cell(tree, slot.state);
    const std::string bytes = concat(listing.bytes[i]);
    table.add_row({slot.label, group, name, shape, step, state, bytes});
  }
  return table;
}

std::string names_line(std::string_view title, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::vector<std::string> shown(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most_names_listed)));
  if (names.size() > shown.size())
    shown.push_back(concat("... ", names.size() - shown.size(), " more"));
  return concat(title, join(shown, " "), "\n");
}

}  // namespace

void print_optimizers_text(const OptimListing& listing, cli::Console& console) {
  const Tree& tree = listing.checkpoint.tree();
  const render::Escaping escaping = console.escaping();
  const auto print = [&](const std::string& text) {
    for (const std::string_view line : split(text, '\n'))
      if (!line.empty()) console.out(concat(render::escaped(line, escaping), "\n"));
  };
  bool is_first = true;
  for (const OptimizerListing& one : listing.optimizers) {
    if (!is_first) console.out("\n");
    is_first = false;
    print(heading(one));
    if (!one.identified.optimizer.is_editable()) continue;
    print(groups_text(tree, one.identified.optimizer));
    for (const std::string& line : optim::fit_lines(one.identified)) print(line);
    console.out(to_text(ids_table(tree, one), escaping));
    print(names_line("without id: ", one.without_id));
    if (!one.identified.optimizer.orphans.empty())
      print(concat(counted(one.identified.optimizer.orphans.size(), "state"),
                   " of ids that no group lists"));
  }
  for (const optim::Baggage& baggage : listing.baggage)
    print(concat(optim::baggage_text(baggage.kind), ": ", baggage.path));
}

}  // namespace ckpt::commands
