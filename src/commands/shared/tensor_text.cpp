// Long tensors show three elements at each end of a dimension, and only these are read, so that
// printing a tensor of gigabytes is instant.

#include "commands/shared/tensor_text.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::commands {

namespace {

constexpr std::int64_t longest_in_full = 1000;
constexpr std::int64_t left_out = -1;
constexpr std::size_t highest_rank = 64;  // torch has no tensors with more dimensions

/// The positions of one dimension that are shown; left_out stands for the others.
std::vector<std::int64_t> shown_positions(std::int64_t size, std::int64_t edge) {
  std::vector<std::int64_t> positions;
  const bool is_cut = size > 2 * edge;
  for (std::int64_t i = 0; i < size; ++i) {
    if (is_cut && i == edge) {
      positions.push_back(left_out);
      i = size - edge;
    }
    positions.push_back(i);
  }
  return positions;
}

class Printer {
 public:
  Printer(const model::Tree& tree, const model::Tensor& tensor, Elision elision)
      : tree_(tree), tensor_(tensor), shape_(tensor.layout.shape) {
    const bool is_cut =
        elision == Elision::long_ones && model::element_count(shape_) > longest_in_full;
    for (const std::int64_t size : shape_)
      positions_.push_back(shown_positions(size, is_cut ? 3 : size));
  }

  std::string print() {
    if (shape_.empty()) return concat(elements(0, 1).front(), '\n');
    std::vector<std::size_t> at(shape_.size() - 1);  // of the outer dimensions, into positions_
    do print_row(at);
    while (advance(at));
    return align();
  }

 private:
  struct Row {
    std::string prefix;
    std::vector<std::string> cells;
    std::string suffix;
  };

  /// `count` elements from `first` in row-major order.
  std::vector<std::string> elements(std::int64_t first, std::int64_t count) const {
    const std::size_t size_bytes = model::row_of(tensor_.dtype).size_bytes;
    tensor::ElementStream stream(
        tree_.storage_of(tensor_), tensor_,
        {.range = {static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(count)}});
    Bytes block(std::max<std::size_t>(4096 / size_bytes, 1) * size_bytes);
    std::vector<std::string> texts;
    for (std::size_t read = stream.read(block); read > 0; read = stream.read(block))
      for (std::size_t i = 0; i < read; i += size_bytes)
        texts.push_back(
            tensor::element_text(tensor_.dtype, ByteView(block).subspan(i, size_bytes)));
    return texts;
  }

  /// The outer dimension that is left out at this position; nothing when none is.
  std::size_t find_left_out(const std::vector<std::size_t>& at) const {
    for (std::size_t dimension = 0; dimension < at.size(); ++dimension)
      if (positions_[dimension][at[dimension]] == left_out) return dimension;
    return at.size();
  }

  void print_row(const std::vector<std::size_t>& at) {
    const std::size_t gap = find_left_out(at);
    if (gap < at.size()) {
      rows_.push_back({concat(std::string(gap + 1, ' '), "..."), {}, ","});
      return;
    }
    std::size_t opened = 0;
    while (opened < at.size() && at[at.size() - 1 - opened] == 0) ++opened;
    std::size_t closed = 0;
    while (closed < at.size() && is_last(at, at.size() - 1 - closed)) ++closed;
    rows_.push_back({concat(std::string(at.size() - opened, ' '), std::string(opened + 1, '[')),
                     cells(at),
                     concat(std::string(closed + 1, ']'), closed == at.size() ? "" : ",")});
  }

  bool is_last(const std::vector<std::size_t>& at, std::size_t dimension) const {
    return at[dimension] + 1 >= positions_[dimension].size();
  }

  std::vector<std::string> cells(const std::vector<std::size_t>& at) const {
    std::int64_t row = 0;
    for (std::size_t i = 0; i < at.size(); ++i) row = row * shape_[i] + positions_[i][at[i]];
    const std::int64_t first = row * shape_.back();
    const std::vector<std::int64_t>& shown = positions_.back();
    const auto gap = std::ranges::find(shown, left_out);
    if (gap == shown.end()) return elements(first, shape_.back());
    const auto edge = static_cast<std::int64_t>(gap - shown.begin());
    std::vector<std::string> texts = elements(first, edge);
    texts.emplace_back("...");
    for (std::string& text : elements(first + shape_.back() - edge, edge))
      texts.push_back(std::move(text));
    return texts;
  }

  /// Moves to the next position of the outer dimensions; a left-out part counts as one position.
  bool advance(std::vector<std::size_t>& at) const {
    const std::size_t gap = find_left_out(at);
    for (std::size_t i = std::min(gap + 1, at.size()); i-- > 0;) {
      std::fill(at.begin() + static_cast<std::ptrdiff_t>(i) + 1, at.end(), 0);
      if (!is_last(at, i)) {
        ++at[i];
        return true;
      }
    }
    return false;
  }

  std::string align() const {
    std::size_t width = 0;
    for (const Row& row : rows_)
      for (const std::string& cell : row.cells)
        if (cell != "...") width = std::max(width, cell.size());
    std::string out;
    for (const Row& row : rows_) {
      out += row.prefix;
      for (const std::string& cell : row.cells) {
        if (&cell != &row.cells.front()) out += ", ";
        if (cell != "..." && cell.size() < width) out.append(width - cell.size(), ' ');
        out += cell;
      }
      out += concat(row.suffix, '\n');
    }
    return out;
  }

  const model::Tree& tree_;
  const model::Tensor& tensor_;
  const std::vector<std::int64_t>& shape_;
  std::vector<std::vector<std::int64_t>> positions_;
  std::vector<Row> rows_;
};

}  // namespace

std::string tensor_text(const model::Tree& tree, const model::Tensor& tensor, Elision elision) {
  if (tensor.layout.shape.size() > highest_rank)
    throw Error(ErrorKind::unsupported,
                concat("a tensor of ", tensor.layout.shape.size(), " dimensions"));
  if (model::row_of(tensor.dtype).elements_per_byte > 1)
    throw Error(ErrorKind::unsupported,
                concat(model::row_of(tensor.dtype).name, " packs several elements into a byte"));
  if (model::element_count(tensor.layout.shape) == 0) return "[]\n";
  return Printer(tree, tensor, elision).print();
}

}  // namespace ckpt::commands
