// The plan of `ckpt copy`: which entries take part, under which names, and how they are paired.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/match/pairing.hpp"
#include "cli/common_options.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

enum class CopiedRoles { all, parameters, buffers };
enum class OnMismatch { error, skip, slice, pad };

/// The options that determine the pairing.
struct CopyChoice {
  cli::SelectionOptions selection;  ///< of the source, by its own names
  bool strips_wrappers = false;     ///< on both sides
  std::optional<std::string> from_prefix;
  std::optional<std::string> to_prefix;
  std::vector<std::string> maps;
  CopiedRoles roles = CopiedRoles::all;
  OnMismatch on_mismatch = OnMismatch::error;
  bool casts = false;
  bool is_by_order = false;
};

/// What will be copied, and what will not.
struct CopyPlan {
  bool has_rules = false;  ///< the keys of the source are made by rules
  std::vector<match::Named> sources = {};
  std::vector<std::vector<std::string>> origins = {};  ///< for each source: its names in the file
  std::vector<match::Named> targets = {};
  match::Pairing pairing = {};
  /// Keys of the target that the source has, but that the options leave out. They do not change.
  std::vector<std::size_t> left_out = {};

  const match::Named& source_of(const match::Pair& pair) const { return sources[pair.source]; }
  const match::Named& target_of(const match::Pair& pair) const { return targets[pair.target]; }
};

class SourceNames;

/// Throws Error{usage} for prefixes and maps that match nothing, and as pairing does.
CopyPlan make_copy_plan(const Checkpoint& source, const Checkpoint& target,
                        const CopyChoice& choice, SourceNames& names);

}  // namespace ckpt::commands
