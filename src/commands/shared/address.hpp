// A file or a part of one: "run.pt", "run.pt:ema", "gan.pt:models:generator".
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

/// A text that exists as a file is one, whatever colons it contains; otherwise the file is the
/// longest existing beginning in front of a colon.
Address parse_address(const std::filesystem::path& text);

/// The part is the root; without a part the root is found as usual. Throws Error{conflict} for a
/// dict in which no state dict is found.
Checkpoint open_address(const Address& address);

/// The name of the state dict in messages: "run.pt", "run.pt:ema".
std::string address_text(const Checkpoint& checkpoint);

}  // namespace ckpt::commands
