// `ckpt diff --git`, as git calls the command of a diff driver:
//
//   ckpt diff --git PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE [RENAMED-TO EXTRA]
//
// A file that is not there is /dev/null.
// Source: https://git-scm.com/docs/git (GIT_EXTERNAL_DIFF).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "commands/checkpoint.hpp"
#include "commands/diff_report.hpp"

namespace ckpt::commands {

struct GitArguments {
  std::string path;
  std::filesystem::path old_file;
  std::filesystem::path new_file;
};

/// The arguments after --git. Throws Error{usage} when they are too few.
GitArguments parse_git_arguments(const std::string& path,
                                 const std::optional<std::filesystem::path>& old_file,
                                 const std::vector<std::string>& rest);

/// A version of the file, or an empty tree where there is none.
struct GitVersion {
  std::optional<Checkpoint> checkpoint = {};
  model::Tree empty = {};
  model::Root empty_root = {};

  diff::Side side() const {
    return checkpoint ? diff::Side{checkpoint->tree(), checkpoint->root}
                      : diff::Side{empty, empty_root};
  }
};
GitVersion open_git_version(const std::filesystem::path& file,
                            const std::optional<std::string>& root);

}  // namespace ckpt::commands
