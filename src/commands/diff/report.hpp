// The result of `ckpt diff` before it is printed, and the words that text and JSON share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/diff/difference.hpp"
#include "ckpt/diff/prefix_hint.hpp"
#include "commands/diff/container.hpp"

namespace ckpt::commands {

/// One side of the comparison.
struct ComparedFile {
  diff::Side side;
  const Checkpoint* checkpoint = nullptr;  ///< nullptr for a schema and for a missing file
};

/// What every form of the output is made from.
struct DiffReport {
  const ComparedFile& a;
  const ComparedFile& b;
  const diff::Result& result;
  const std::vector<diff::OptimizerMatch>& optimizers;
  tensor::Tolerance tolerance = {};
  bool is_keys_only = false;
  std::optional<match::PrefixHint> hint = {};
  std::vector<ContainerDifference> container = {};

  bool is_same() const { return result.is_same() && container.empty(); }
};

/// The leaf that names a difference: the one of A if there is one.
const diff::Leaf& leaf_of(const DiffReport& report, const diff::Difference& difference);
const model::Tensor& tensor_a(const DiffReport& report, const diff::Difference& difference);
const model::Tensor& tensor_b(const DiffReport& report, const diff::Difference& difference);

std::string_view change_name(diff::Change change);
std::string_view area_name(diff::Area area);

/// {2, 3} for element 11 of a 3x4 tensor.
std::vector<std::int64_t> index_of_element(const std::vector<std::int64_t>& shape,
                                           std::uint64_t element);

}  // namespace ckpt::commands
