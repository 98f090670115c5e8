#include "commands/shared/match_hint.hpp"

#include <string_view>

#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

std::string root_option(std::string_view option, const Checkpoint& checkpoint) {
  if (checkpoint.root.choice != model::RootChoice::given) return {};
  return concat(" ", option, " ", path_text(checkpoint.tree(), checkpoint.root.path));
}

}  // namespace

std::string match_hint(const Checkpoint& a, const Checkpoint& b) {
  return concat("ckpt match ", a.path.string(), " ", b.path.string(), root_option("--root-a", a),
                root_option("--root-b", b), " proposes which are which");
}

}  // namespace ckpt::commands
