// What `ckpt copy` is going to do: which entries take part, under which names, and how they pair.
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

/// The options that say which entries pair.
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

struct CopyPlan {
  bool has_rules = false;  ///< the keys of the source are those that rules gave
  std::vector<match::Named> sources = {};
  std::vector<std::vector<std::string>> origins = {};  ///< of each source: names in its file
  std::vector<match::Named> targets = {};
  match::Pairing pairing = {};
  /// Of the target: keys that the source has, and that the options leave out. They stay as they
  /// are.
  std::vector<std::size_t> left_out = {};

  const match::Named& source_of(const match::Pair& pair) const { return sources[pair.source]; }
  const match::Named& target_of(const match::Pair& pair) const { return targets[pair.target]; }
};

class SourceNames;

/// Throws Error{usage} for prefixes and maps that match nothing, and as pairing does.
CopyPlan make_copy_plan(const Checkpoint& source, const Checkpoint& target,
                        const CopyChoice& choice, SourceNames& names);

}  // namespace ckpt::commands
