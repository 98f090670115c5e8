// A table of text with aligned columns:
//
//   key  dtype  shape  bytes
//   a    f32    3x4       48
//   b    f32    3x4      = a
//
// A column is as wide as its widest cell; two spaces separate columns; no line ends with spaces.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/render/escaping.hpp"

namespace ckpt::render {

enum class Align { left, right };

/// A column: its header and alignment.
struct Column {
  std::string header;
  Align align = Align::left;
};

class Table {
 public:
  /// When all headers are empty, the table has no header line.
  explicit Table(std::vector<Column> columns);

  /// Appends a row and copies the cells. Missing cells at the end are empty; too many cells throw
  /// std::logic_error. `style`, from a Palette, colours the line and must outlive the table.
  void add_row(std::span<const std::string_view> cells, std::string_view style = {});
  void add_row(std::initializer_list<std::string_view> cells, std::string_view style = {});

  const std::vector<Column>& columns() const { return columns_; }
  std::size_t row_count() const { return styles_.size(); }
  std::string_view cell(std::size_t row, std::size_t column) const;
  std::string_view style(std::size_t row) const { return styles_[row]; }

 private:
  std::vector<Column> columns_;
  // One text holds all cells, row after row: 100,000 rows need only a few allocations.
  std::string text_;
  std::vector<std::size_t> cell_ends_;
  std::vector<std::string_view> styles_;
};

/// The lines of the table, each with '\n'; "" for a table without header and rows.
std::string to_text(const Table& table, Escaping escaping);

}  // namespace ckpt::render
