#include "ckpt/render/tree.hpp"

#include <stdexcept>

#include "ckpt/base/text.hpp"

namespace ckpt::render {

namespace {

/// `is_last_at[d]` says whether the ancestor at depth d, or the row itself, is the last of its
/// siblings.
std::string branches(std::size_t depth, const std::vector<bool>& is_last_at) {
  if (depth > Outline::deepest_drawn) return concat("… ", depth, ' ');
  std::string out;
  for (std::size_t level = 1; level < depth; ++level) out += is_last_at[level] ? "   " : "│  ";
  if (depth > 0) out += is_last_at[depth] ? "└─ " : "├─ ";
  return out;
}

std::vector<Column> with_first_to_the_left(std::vector<Column> columns) {
  columns.at(0).align = Align::left;
  return columns;
}

}  // namespace

Outline::Outline(std::vector<Column> columns) : rows_(with_first_to_the_left(std::move(columns))) {}

void Outline::add_row(std::size_t depth, std::span<const std::string_view> cells,
                      std::string_view style) {
  const std::size_t deepest_allowed = depths_.empty() ? 0 : depths_.back() + 1;
  if (depth > deepest_allowed) throw std::logic_error("outline row without its parent");
  rows_.add_row(cells, style);
  depths_.push_back(depth);
}

void Outline::add_row(std::size_t depth, std::initializer_list<std::string_view> cells,
                      std::string_view style) {
  add_row(depth, std::span(cells.begin(), cells.size()), style);
}

/// For each row, whether no later row has the same parent. Walks from the end and remembers at
/// which depths a row occurred since the last shallower one.
std::vector<bool> Outline::find_last_siblings() const {
  std::vector<bool> is_last(depths_.size());
  std::vector<bool> is_seen_at;
  for (std::size_t row = depths_.size(); row-- > 0;) {
    const std::size_t depth = depths_[row];
    is_last[row] = depth >= is_seen_at.size() || !is_seen_at[depth];
    is_seen_at.resize(depth + 1);
    is_seen_at[depth] = true;
  }
  return is_last;
}

Table Outline::to_table() const {
  const std::vector<bool> is_last = find_last_siblings();
  Table table(rows_.columns());
  std::vector<bool> is_last_at;
  std::vector<std::string_view> cells(rows_.columns().size());
  for (std::size_t row = 0; row < depths_.size(); ++row) {
    is_last_at.resize(depths_[row]);
    is_last_at.push_back(is_last[row]);
    for (std::size_t column = 0; column < cells.size(); ++column)
      cells[column] = rows_.cell(row, column);
    const std::string name = concat(branches(depths_[row], is_last_at), cells.at(0));
    cells[0] = name;
    table.add_row(cells, rows_.style(row));
  }
  return table;
}

}  // namespace ckpt::render
