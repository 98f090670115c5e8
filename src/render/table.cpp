#include "ckpt/render/table.hpp"

#include <algorithm>
#include <stdexcept>

#include "ckpt/render/color.hpp"
#include "ckpt/render/width.hpp"

namespace ckpt::render {

namespace {

constexpr std::size_t gap_columns = 2;
/// A wider cell (a key of a kilobyte) widens its own line only, not the column.
constexpr std::size_t widest_aligned_columns = 160;

/// Builds one line. Spaces are held back until text follows them.
class LineWriter {
 public:
  LineWriter(std::string& out, std::string_view style) : out_(out), style_(style) { out_ += style; }

  void put(std::string_view text, std::size_t text_columns, const Column& column,
           std::size_t column_width) {
    const std::size_t padding = column_width > text_columns ? column_width - text_columns : 0;
    if (column.align == Align::right) owed_spaces_ += padding;
    if (!text.empty()) {
      out_.append(owed_spaces_, ' ');
      out_ += text;
      owed_spaces_ = 0;
    } else {
      owed_spaces_ += text_columns;
    }
    if (column.align == Align::left) owed_spaces_ += padding;
    owed_spaces_ += gap_columns;
  }

  void end() {
    if (!style_.empty()) out_ += style_reset;
    out_ += '\n';
  }

 private:
  std::string& out_;
  std::string_view style_;
  std::size_t owed_spaces_ = 0;
};

/// All cells as they will be printed, header first, with their widths.
struct Laid {
  struct Cell {
    std::size_t end;
    std::size_t width;
  };
  std::string text;
  std::vector<Cell> cells;
  std::vector<std::size_t> column_widths;

  void add(std::string_view cell, std::size_t column, Escaping escaping) {
    const std::size_t start = text.size();
    append_escaped(text, cell, escaping);
    const std::size_t width = display_width(std::string_view(text).substr(start));
    cells.push_back({text.size(), width});
    if (width <= widest_aligned_columns)
      column_widths[column] = std::max(column_widths[column], width);
  }
};

Laid lay_out(const Table& table, Escaping escaping) {
  const std::size_t column_count = table.columns().size();
  Laid laid;
  laid.column_widths.assign(column_count, 0);
  laid.cells.reserve((table.row_count() + 1) * column_count);
  for (std::size_t column = 0; column < column_count; ++column)
    laid.add(table.columns()[column].header, column, escaping);
  for (std::size_t row = 0; row < table.row_count(); ++row)
    for (std::size_t column = 0; column < column_count; ++column)
      laid.add(table.cell(row, column), column, escaping);
  return laid;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add_row(std::span<const std::string_view> cells, std::string_view style) {
  if (cells.size() > columns_.size())
    throw std::logic_error("table row has more cells than columns");
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (column < cells.size()) text_ += cells[column];
    cell_ends_.push_back(text_.size());
  }
  styles_.push_back(style);
}

void Table::add_row(std::initializer_list<std::string_view> cells, std::string_view style) {
  add_row(std::span(cells.begin(), cells.size()), style);
}

std::string_view Table::cell(std::size_t row, std::size_t column) const {
  const std::size_t index = row * columns_.size() + column;
  const std::size_t start = index == 0 ? 0 : cell_ends_[index - 1];
  return std::string_view(text_).substr(start, cell_ends_[index] - start);
}

std::string to_text(const Table& table, Escaping escaping) {
  const std::vector<Column>& columns = table.columns();
  const Laid laid = lay_out(table, escaping);
  const bool has_header =
      std::ranges::any_of(columns, [](const Column& column) { return !column.header.empty(); });
  std::string out;
  std::size_t index = has_header ? 0 : columns.size();
  std::size_t start = 0;  // without a header line all its cells are empty and end at 0
  for (std::size_t line = has_header ? 0 : 1; line <= table.row_count(); ++line) {
    LineWriter writer(out, line == 0 ? std::string_view{} : table.style(line - 1));
    for (std::size_t column = 0; column < columns.size(); ++column, ++index) {
      const Laid::Cell& cell = laid.cells[index];
      writer.put(std::string_view(laid.text).substr(start, cell.end - start), cell.width,
                 columns[column], laid.column_widths[column]);
      start = cell.end;
    }
    writer.end();
  }
  return out;
}

}  // namespace ckpt::render
