// The options of `ckpt diff` that say what is compared, and when two numbers are the same.
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
  std::vector<std::string> patterns;  ///< behind the files: as --only
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

/// The leaves of both sides by the same options; rules must apply on one side at least.
class DiffSelection {
 public:
  enum class Which { a, b };

  explicit DiffSelection(const DiffSelectionOptions& options);
  std::vector<diff::Leaf> leaves(const ComparedFile& file, Which which);
  /// Throws Error{usage} for a pattern or a rule that applied on neither side.
  void refuse_unused(std::size_t leaf_count) const;

 private:
  static std::vector<std::string> included(const DiffSelectionOptions& options);
  static std::vector<match::RenameRule> rules_of(const DiffSelectionOptions& options);

  diff::Selection selection_;
  std::vector<match::Renaming> renamings_;  ///< of A and of B
};

/// Only the tensors of the root stay: what a schema is about.
void keep_root_tensors(std::vector<diff::Leaf>& leaves);

}  // namespace ckpt::commands
