#include "commands/shared/prefixes.hpp"

#include <string_view>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

bool ends_apart(std::string_view prefix) {
  constexpr std::string_view separators = "./_-:";
  return prefix.empty() || separators.find(prefix.back()) != std::string_view::npos;
}

}  // namespace

void refuse_unseparated(const std::string& prefix, const std::string& word) {
  if (ends_apart(prefix)) return;
  throw Error(
      ErrorKind::usage,
      concat(quote(word), ": the prefix is put before names as it is: 'weight' would become ",
             quote(concat(prefix, "weight"))),
      concat("with a dot at its end: ", prefix, ".", word.substr(prefix.size())));
}

std::optional<std::string> added_prefix_remark(const std::string& prefix, const std::string& key) {
  if (ends_apart(prefix)) return std::nullopt;
  return concat(quote(key), " becomes ", quote(concat(prefix, key)), "; with a dot: --add-prefix ",
                prefix, ".");
}

std::optional<std::string> stripped_prefix_remark(const std::string& prefix,
                                                  const std::string& key) {
  if (ends_apart(prefix) || !key.starts_with(concat(prefix, "."))) return std::nullopt;
  return concat(quote(key), " becomes ", quote(key.substr(prefix.size())),
                "; with the dot: --strip-prefix ", prefix, ".");
}

}  // namespace ckpt::commands
