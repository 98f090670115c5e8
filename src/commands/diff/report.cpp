#include "commands/diff/report.hpp"

#include <algorithm>

namespace ckpt::commands {

const diff::Leaf& leaf_of(const DiffReport& report, const diff::Difference& difference) {
  return difference.a ? report.result.leaves_a[*difference.a]
                      : report.result.leaves_b[*difference.b];
}

const model::Tensor& tensor_a(const DiffReport& report, const diff::Difference& difference) {
  return report.a.side.tree.tensor(report.result.leaves_a[*difference.a].node);
}

const model::Tensor& tensor_b(const DiffReport& report, const diff::Difference& difference) {
  return report.b.side.tree.tensor(report.result.leaves_b[*difference.b].node);
}

std::string_view change_name(diff::Change change) {
  using enum diff::Change;
  switch (change) {
    case removed:
      return "removed";
    case added:
      return "added";
    case renamed:
      return "renamed";
    case type:
      return "type";
    case shape:
      return "shape";
    case dtype:
      return "dtype";
    case values:
      return "values";
    case value:
      return "value";
  }
  return {};
}

std::string_view area_name(diff::Area area) {
  using enum diff::Area;
  switch (area) {
    case root:
      return "root";
    case optimizer:
      return "optimizer";
    case metadata:
      return "metadata";
    case rest:
      return "rest";
  }
  return {};
}

std::vector<std::int64_t> index_of_element(const std::vector<std::int64_t>& shape,
                                           std::uint64_t element) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(shape[i], 1));
    index[i] = static_cast<std::int64_t>(element % size);
    element /= size;
  }
  return index;
}

}  // namespace ckpt::commands
