// The columns depend on the rows: an owner column appears only if some row is a state of an
// optimizer.

#include "commands/ls/table.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/render/size_text.hpp"
#include "ckpt/render/table.hpp"
#include "ckpt/render/tree.hpp"
#include "commands/ls/stats.hpp"

namespace ckpt::commands {

namespace {

/// A file that is a single tensor has no key for it.
std::string key_cell(const Listing& listing, const TensorRow& row) {
  if (row.place == model::Places::top) return "(top level)";
  return short_key_of(listing.checkpoint.tree(), listing.tensors.places, row);
}

std::string bytes_cell(const Listing& listing, const TensorRow& row) {
  if (row.same_as) return concat("= ", key_cell(listing, listing.tensors.rows[*row.same_as]));
  return concat(model::dense_bytes(listing.checkpoint.tree().tensor(row.node)));
}

std::string_view role_name(const model::TensorRole& role) {
  const bool is_declared = role.source == model::RoleSource::declared;
  if (role.role == model::Role::parameter) return is_declared ? "parameter" : "parameter?";
  return is_declared ? "buffer" : "buffer?";
}

std::string strides_cell(const model::Tensor& tensor) {
  if (tensor.form != model::TensorForm::strided) return "-";
  std::string out;
  for (const std::int64_t stride : tensor.layout.stride_elements)
    out += concat(out.empty() ? "" : ",", stride);
  return out.empty() ? "-" : out;
}

/// The cells of --long.
std::array<std::string, 5> full_cells(const model::Tree& tree, const TensorRow& row) {
  const model::Tensor& tensor = tree.tensor(row.node);
  const bool has_storage = tensor.storage != model::no_storage;
  const model::Storage* storage = has_storage ? &tree.storage_of(tensor.storage) : nullptr;
  return {strides_cell(tensor), has_storage ? concat(tensor.layout.offset_elements) : "-",
          storage ? concat(storage->key, " (", storage->size_bytes(), ")") : "-",
          std::string(role_name(row.role)), storage ? storage->location : "-"};
}

/// Whether any row is a state of a named parameter.
template <class Row>
bool have_owner(const Listing& listing, const std::vector<Row>& rows) {
  return std::ranges::any_of(rows,
                             [&](const Row& row) { return listing.owners.contains(row.node); });
}

void add_tensor_row(render::Table& table, const Listing& listing, std::size_t index,
                    Columns detail) {
  const TensorRow& row = listing.tensors.rows[index];
  const model::Tree& tree = listing.checkpoint.tree();
  const model::Tensor& tensor = tree.tensor(row.node);
  const std::string key = key_cell(listing, row);
  const std::string shape = shape_cell(tensor);
  const std::string bytes = bytes_cell(listing, row);
  const std::string parameter = owner_text(listing.owners, row.node);
  std::array<std::string, 5> more;
  std::array<std::string, statistics_columns.size()> statistics;
  std::vector<std::string_view> cells{key, model::row_of(tensor.dtype).short_name, shape, bytes};
  if (detail == Columns::full) {
    more = full_cells(tree, row);
    cells.insert(cells.end(), more.begin(), more.end());
  }
  if (!listing.statistics.empty()) {
    statistics = statistics_cells(listing.statistics[index]);
    cells.insert(cells.end(), statistics.begin(), statistics.end());
  }
  if (!parameter.empty()) cells.push_back(parameter);
  table.add_row(cells);
}

void print_values(const Listing& listing, cli::Console& console) {
  const bool has_owner = have_owner(listing, listing.values.rows);
  std::vector<render::Column> columns{{"key"}, {"type"}, {"value"}};
  if (has_owner) columns.push_back({"parameter"});
  render::Table table(columns);
  const model::Tree& tree = listing.checkpoint.tree();
  for (const ValueRow& row : listing.values.rows) {
    const std::string key = short_key_of(tree, listing.values.places, row);
    const std::string type = type_text(tree, row.node);
    const std::string value = value_text(tree, row.node);
    const std::string owner = owner_text(listing.owners, row.node);
    std::vector<std::string_view> cells{key, type, value};
    if (!owner.empty()) cells.push_back(owner);
    table.add_row(cells);
  }
  console.out(to_text(table, console.escaping()));
}

/// A line of the outline: a module with the sum of what is below it, or a tensor.
struct OutlineRow {
  std::size_t depth = 0;
  std::string name;
  std::uint64_t tensor_count = 0;
  std::uint64_t bytes = 0;
  std::size_t tensor = 0;  ///< row of the listing, if it is a tensor
  bool is_tensor = false;
};

/// "model:layer1.0.weight" as {"model", "layer1", "0", "weight"}.
std::vector<std::string> outline_parts(const std::string& key) {
  std::vector<std::string> parts;
  for (const model::WrittenStep& step : model::parse_path(key)) {
    if (step.is_quoted) {
      parts.push_back(model::key_text(step.text));
      continue;
    }
    for (const std::string_view part : split(step.text, '.')) parts.emplace_back(part);
  }
  return parts;
}

std::vector<OutlineRow> outline_rows(const Listing& listing) {
  const model::Tree& tree = listing.checkpoint.tree();
  std::vector<OutlineRow> rows{{.name = listing.checkpoint.path.filename().string()}};
  std::vector<std::size_t> open{0};  // rows of the current modules, the file first
  std::vector<std::string> open_parts;
  for (std::size_t i = 0; i < listing.tensors.rows.size(); ++i) {
    const TensorRow& row = listing.tensors.rows[i];
    const std::vector<std::string> parts = outline_parts(key_of(tree, listing.tensors.places, row));
    std::size_t common = 0;
    while (common < open_parts.size() && common + 1 < parts.size() &&
           open_parts[common] == parts[common])
      ++common;
    open.resize(common + 1);
    open_parts.resize(common);
    for (std::size_t part = common; part + 1 < parts.size(); ++part) {
      open.push_back(rows.size());
      open_parts.push_back(parts[part]);
      rows.push_back({.depth = part + 1, .name = parts[part]});
    }
    const std::uint64_t bytes = row.same_as ? 0 : model::dense_bytes(tree.tensor(row.node));
    for (const std::size_t module : open) {
      rows[module].tensor_count += 1;
      rows[module].bytes += bytes;
    }
    rows.push_back({.depth = parts.size(),
                    .name = parts.back(),
                    .bytes = bytes,
                    .tensor = i,
                    .is_tensor = true});
  }
  return rows;
}

}  // namespace

void print_listing_table(const Listing& listing, Columns detail, cli::Console& console) {
  using render::Align;
  std::vector<render::Column> columns{{"key"}, {"dtype"}, {"shape"}, {"bytes", Align::right}};
  if (detail == Columns::full)
    columns.insert(
        columns.end(),
        {{"stride"}, {"offset", Align::right}, {"storage (bytes)"}, {"kind"}, {"device"}});
  if (!listing.statistics.empty())
    for (const std::string_view name : statistics_columns)
      columns.push_back({std::string(name), Align::right});
  if (have_owner(listing, listing.tensors.rows)) columns.push_back({"parameter"});
  render::Table table(columns);
  for (std::size_t i = 0; i < listing.tensors.rows.size(); ++i)
    add_tensor_row(table, listing, i, detail);
  console.out(to_text(table, console.escaping()));
  if (listing.values.rows.empty()) return;
  console.out(listing.tensors.rows.empty() ? "" : "\n");
  print_values(listing, console);
}

void print_listing_tree(const Listing& listing, cli::Console& console) {
  const model::Tree& tree = listing.checkpoint.tree();
  render::Outline outline({{""}, {""}, {""}, {"", render::Align::right}});
  for (const OutlineRow& row : outline_rows(listing)) {
    if (!row.is_tensor) {
      outline.add_row(row.depth, {row.name, "", counted(row.tensor_count, "tensor"),
                                  render::human_bytes(row.bytes)});
      continue;
    }
    const TensorRow& tensor_row = listing.tensors.rows[row.tensor];
    const model::Tensor& tensor = tree.tensor(tensor_row.node);
    outline.add_row(
        row.depth,
        {row.name, model::row_of(tensor.dtype).short_name, shape_cell(tensor),
         tensor_row.same_as ? bytes_cell(listing, tensor_row) : render::human_bytes(row.bytes)});
  }
  console.out(to_text(outline.to_table(), console.escaping()));
}

}  // namespace ckpt::commands
