#include "commands/diff_git.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

GitArguments parse_git_arguments(const std::string& path,
                                 const std::optional<std::filesystem::path>& old_file,
                                 const std::vector<std::string>& rest) {
  // After the old file: its hash and mode, then the new file.
  constexpr std::size_t new_file_at = 2;
  if (!old_file || rest.size() <= new_file_at)
    throw Error(ErrorKind::usage, "--git: expected the arguments that git gives to a diff driver",
                "git config diff.ckpt.command 'ckpt diff --git'");
  return {.path = path, .old_file = *old_file, .new_file = rest[new_file_at]};
}

GitVersion open_git_version(const std::filesystem::path& file,
                            const std::optional<std::string>& root) {
  GitVersion version;
  if (file != "/dev/null") {
    version.checkpoint = open_checkpoint(file, root);
    return version;
  }
  const model::NodeId top = version.empty.add();
  version.empty.fill_dict(top, model::DictType::plain, {});
  version.empty.set_root(top);
  version.empty_root = {.node = top, .path = {}, .choice = model::RootChoice::none};
  return version;
}

}  // namespace ckpt::commands
