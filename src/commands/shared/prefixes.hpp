// Prefixes that are put in front of names or removed from them, literally: 'enc.' and 'enc' are
// different prefixes. Forgetting the dot is a common mistake, so these functions detect it.
#pragma once

#include <optional>
#include <string>

namespace ckpt::commands {

/// For PREFIX=FILE, where the prefix names a part of a model: throws Error{usage} when the prefix
/// does not end with a dot or another separator.
void refuse_unseparated(const std::string& prefix, const std::string& word);

/// The hint for an option that adds any text: "'weight' becomes 'encweight'; with a dot:
/// --add-prefix enc."; nothing when the prefix ends with a separator.
std::optional<std::string> added_prefix_remark(const std::string& prefix, const std::string& key);
/// "'module.weight' becomes '.weight'; with the dot: --strip-prefix module.", or nothing.
std::optional<std::string> stripped_prefix_remark(const std::string& prefix,
                                                  const std::string& key);

}  // namespace ckpt::commands
