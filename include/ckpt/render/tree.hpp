// A nested outline beside aligned columns, drawn from rows in order:
//
//   model        2 tensors
//   ├─ layer1    1 tensor
//   │  └─ weight f32
//   └─ layer2
//
// Depth comes from files: nothing recurses, and the drawing stays within a bound per row.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/render/table.hpp"

namespace ckpt::render {

class Outline {
 public:
  /// The first column holds the outline; it is always aligned to the left.
  explicit Outline(std::vector<Column> columns);

  /// Rows come parents first. `depth` 0 is a root, drawn without branches; a depth more than one
  /// beyond the row before is std::logic_error. `style` as in Table.
  void add_row(std::size_t depth, std::span<const std::string_view> cells,
               std::string_view style = {});
  void add_row(std::size_t depth, std::initializer_list<std::string_view> cells,
               std::string_view style = {});

  /// The outline as rows of a table. Names are escaped there, branches are not.
  /// Levels beyond `deepest_drawn` are drawn as "… 57 " with the depth in place of branches.
  Table to_table() const;

  static constexpr std::size_t deepest_drawn = 40;

 private:
  std::vector<bool> find_last_siblings() const;

  Table rows_;
  std::vector<std::size_t> depths_;
};

}  // namespace ckpt::render
