// Prefixes of names, which are put before names, or taken from them, as they are written: 'enc.'
// and 'enc' are two.
#pragma once

#include <optional>
#include <string>

namespace ckpt::commands {

/// Of PREFIX=FILE, where a prefix is a part of a model: throws Error{usage} for one that does not
/// end with a dot or another separator.
void refuse_unseparated(const std::string& prefix, const std::string& word);

/// Of an option that takes any text: "'weight' becomes 'encweight'; with a dot: --add-prefix enc.",
/// or nothing where the prefix ends with a separator.
std::optional<std::string> added_prefix_remark(const std::string& prefix, const std::string& key);
/// "'module.weight' becomes '.weight'; with the dot: --strip-prefix module.", or nothing.
std::optional<std::string> stripped_prefix_remark(const std::string& prefix,
                                                  const std::string& key);

}  // namespace ckpt::commands
