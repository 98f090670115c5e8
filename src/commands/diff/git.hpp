// `ckpt diff` as an external diff of git:
//
//   ckpt diff PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE [NEW-PATH HEADERS]
//   ckpt diff PATH                                                     for an unmerged path
//
// A file that does not exist is /dev/null, with "." as hash and mode. The form of the arguments
// identifies such a call: no pattern looks like a hash and a mode.
// Source: https://git-scm.com/docs/git (GIT_EXTERNAL_DIFF).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "commands/diff/report.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

struct GitCall {
  std::string title;  ///< the path in the repository; "OLD => NEW" for a rename
  bool is_unmerged = false;
  std::filesystem::path old_file = {};
  std::filesystem::path new_file = {};
};

/// Nothing when git did not make these arguments.
std::optional<GitCall> find_git_call(const std::vector<std::string>& arguments);

/// A version of the file; an empty tree when it does not exist.
struct GitVersion {
  std::optional<Checkpoint> checkpoint = {};
  model::Tree empty = {};
  model::Root empty_root = {};

  const model::Tree& tree() const { return checkpoint ? checkpoint->tree() : empty; }
  const Checkpoint* file() const { return checkpoint ? &*checkpoint : nullptr; }
  const model::Root& root() const { return checkpoint ? checkpoint->root : empty_root; }
};
GitVersion open_git_version(const std::filesystem::path& file,
                            const std::optional<std::string>& root);

}  // namespace ckpt::commands
