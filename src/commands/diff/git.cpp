#include "commands/diff/git.hpp"

#include <algorithm>
#include <cstdlib>

#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

// Positions of the arguments.
constexpr std::size_t old_file_at = 1;
constexpr std::size_t new_file_at = 4;
constexpr std::size_t usual_count = 7;
constexpr std::size_t new_path_at = 7;

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_hash(std::string_view text) {
  constexpr std::size_t sha1_digits = 40;
  constexpr std::size_t sha256_digits = 64;
  return text == "." || ((text.size() == sha1_digits || text.size() == sha256_digits) &&
                         consists_of(text, "0123456789abcdef"));
}

bool is_mode(std::string_view text) {
  constexpr std::size_t digits = 6;
  return text == "." || (text.size() == digits && consists_of(text, "01234567"));
}

bool has_hash_and_mode(const std::vector<std::string>& arguments, std::size_t file_at) {
  return is_hash(arguments[file_at + 1]) && is_mode(arguments[file_at + 2]);
}

/// git numbers the paths for its external diff. A single argument has no form that identifies it.
bool is_below_git() { return std::getenv("GIT_DIFF_PATH_COUNTER") != nullptr; }

}  // namespace

std::optional<GitCall> find_git_call(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1 && is_below_git())
    return GitCall{.title = arguments.front(), .is_unmerged = true};
  if (arguments.size() < usual_count || !has_hash_and_mode(arguments, old_file_at) ||
      !has_hash_and_mode(arguments, new_file_at))
    return std::nullopt;
  GitCall call{.title = arguments.front(),
               .old_file = arguments[old_file_at],
               .new_file = arguments[new_file_at]};
  if (arguments.size() > new_path_at) call.title += concat(" => ", arguments[new_path_at]);
  return call;
}

GitVersion open_git_version(const std::filesystem::path& file,
                            const std::optional<std::string>& root) {
  GitVersion version;
  if (file != "/dev/null") {
    version.checkpoint = open_for_reading(file, root);
    version.checkpoint->document.origin->make_loaded(version.checkpoint->tree());
    return version;
  }
  const model::NodeId top = version.empty.add();
  version.empty.fill_dict(top, model::DictType::plain, {});
  version.empty.set_root(top);
  version.empty_root = {.node = top, .path = {}, .choice = model::RootChoice::none};
  return version;
}

}  // namespace ckpt::commands
