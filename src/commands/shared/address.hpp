// A file, or a part of one: "run.pt", "run.pt:ema", "gan.pt:models:generator".
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

struct Address {
  std::filesystem::path file;
  std::optional<std::string> part = {};  ///< a path in the tree
};

/// What exists as a file is one, whatever colons its name has; else the longest beginning before a
/// colon that does.
Address parse_address(const std::filesystem::path& text);

/// The part is the root; without one the root is found as ever. Throws Error{conflict} for a
/// mapping in which no state dict was found.
Checkpoint open_address(const Address& address);

/// How messages name the state dict that is meant: "run.pt", "run.pt:ema".
std::string address_text(const Checkpoint& checkpoint);

}  // namespace ckpt::commands
