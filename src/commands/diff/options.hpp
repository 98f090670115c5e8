// The options of `ckpt diff` that select what is compared, and when two numbers count as the same.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/diff/compare.hpp"
#include "ckpt/match/rename.hpp"
#include "cli/options.hpp"
#include "commands/diff/report.hpp"

namespace ckpt::commands {

struct DiffSelectionOptions {
  std::vector<std::string> patterns;  ///< behind the files: same as --only
  std::vector<std::string> only;
  std::vector<std::string> ignored;
  std::vector<std::string> maps;
  std::vector<std::string> strip_prefix;
  bool strips_wrappers = false;
  std::optional<std::string> root;
  std::optional<std::string> root_a;
  std::optional<std::string> root_b;

  const std::optional<std::string>& root_of_a() const { return root_a ? root_a : root; }
  const std::optional<std::string>& root_of_b() const { return root_b ? root_b : root; }
};
void declare_diff_selection(cli::Options& options, DiffSelectionOptions& selection);

struct DiffToleranceOptions {
  tensor::Tolerance general;
  std::vector<diff::PatternTolerance> of_patterns;
  bool casts = false;
  bool is_keys_only = false;

  /// Throws Error{usage} for a pattern of --tol that applies to no tensor.
  void refuse_unused(const diff::Names& names, const std::vector<diff::Leaf>& leaves) const;
};
void declare_diff_tolerance(cli::Options& options, DiffToleranceOptions& tolerance);

/// Selects the leaves of both sides with the same options. A rule must apply on at least one side.
class DiffSelection {
 public:
  enum class Which { a, b };

  explicit DiffSelection(const DiffSelectionOptions& options);
  std::vector<diff::Leaf> leaves(const ComparedFile& file, Which which);
  /// Throws Error{usage} for a pattern or rule that applied on neither side.
  void refuse_unused(std::size_t leaf_count) const;

 private:
  static std::vector<std::string> included(const DiffSelectionOptions& options);
  static std::vector<match::RenameRule> rules_of(const DiffSelectionOptions& options);

  diff::Selection selection_;
  std::vector<match::Renaming> renamings_;  ///< of A and of B
};

/// Keeps only the tensors of the root, which a schema describes.
void keep_root_tensors(std::vector<diff::Leaf>& leaves);

}  // namespace ckpt::commands
