// Draws an outline beside aligned columns:
//
//   model        2 tensors
//   ├─ layer1    1 tensor
//   │  └─ weight f32
//   └─ layer2
//
// The depth of rows comes from files, so drawing does not recurse and each row has a bounded
// length.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/render/table.hpp"

namespace ckpt::render {

class Outline {
 public:
  /// The first column holds the outline, aligned to the left.
  explicit Outline(std::vector<Column> columns);

  /// Appends a row, parents first. Depth 0 is a root without branches; a depth that is more than
  /// one larger than that of the previous row throws std::logic_error. `style` as in Table.
  void add_row(std::size_t depth, std::span<const std::string_view> cells,
               std::string_view style = {});
  void add_row(std::size_t depth, std::initializer_list<std::string_view> cells,
               std::string_view style = {});

  /// The outline as a table. Names are escaped later, branches are not. Levels beyond
  /// `deepest_drawn` are shown as "… 57 ", the depth in place of branches.
  Table to_table() const;

  static constexpr std::size_t deepest_drawn = 40;

 private:
  std::vector<bool> find_last_siblings() const;

  Table rows_;
  std::vector<std::size_t> depths_;
};

}  // namespace ckpt::render
