#include "commands/match/report.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/render/table.hpp"

namespace ckpt::commands {

namespace {

void add_unmatched(render::Table& table, std::string_view word,
                   const std::vector<std::size_t>& keys, const MatchedSide& side) {
  for (const match::KeyFamily& family : match::make_key_families(keys, side.tensors)) {
    const std::string count = concat(family.count);
    if (word == "only A") {
      table.add_row({word, count, family.text});
    } else {
      table.add_row({word, count, "", family.text});
    }
  }
}

}  // namespace

MatchedSide open_matched_side(const std::filesystem::path& path,
                              const std::optional<std::string>& root) {
  MatchedSide side{open_for_reading(path, root)};
  within(path.string(), [&] { require_tensors(side.checkpoint); });
  const model::Tree& tree = side.checkpoint.tree();
  const model::NodeId node = side.checkpoint.root.node;
  if (tree.is(node, model::Kind::dict)) {
    for (const model::TextEntry entry : model::text_entries(tree, node)) {
      if (!tree.is(entry.value, model::Kind::tensor)) continue;
      const model::Tensor& tensor = tree.tensor(entry.value);
      side.tensors.push_back({std::string(entry.name), tensor.layout.shape, tensor.dtype});
      side.nodes.push_back(entry.value);
    }
  }
  if (side.tensors.empty())
    throw Error(ErrorKind::conflict, concat(path.string(), ": the root holds no tensors by name"),
                "--root PATH names the mapping that does");
  return side;
}

std::size_t MatchReport::open_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      alignment.pairs, [](const match::AlignPair& pair) { return is_open(pair.grade); }));
}

void print_match_table(const MatchReport& report, cli::Console& console) {
  render::Table table({{"grade"}, {"pairs", render::Align::right}, {"A"}, {"B"}, {"operations"}});
  for (const match::AlignRule& rule : report.rules) {
    const bool is_open = match::is_open(rule.grade);
    table.add_row({concat(grade_word(rule.grade), is_open ? " ?" : ""), concat(rule.pairs.size()),
                   rule.from, rule.to, rule.ops});
  }
  add_unmatched(table, "only A", report.alignment.only_a, report.a);
  add_unmatched(table, "only B", report.alignment.only_b, report.b);
  console.out(to_text(table, console.escaping()));
}

void say_match_counts(const MatchReport& report, cli::Console& console) {
  const match::Alignment& alignment = report.alignment;
  if (alignment.pairs.empty()) return console.say("no tensor of A fits one of B");
  std::string line = counted(alignment.pairs.size(), "pair");
  if (const std::size_t open = report.open_count()) line += concat(", ", open, " of them open");
  if (!alignment.only_a.empty())
    line += concat("; ", counted(alignment.only_a.size(), "tensor"), " only in A");
  if (!alignment.only_b.empty())
    line += concat("; ", counted(alignment.only_b.size(), "tensor"), " only in B");
  console.say(line);
}

}  // namespace ckpt::commands
