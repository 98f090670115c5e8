// The keys that --keys names: of a checkpoint, or a list of them.
#pragma once

#include <filesystem>

#include "ckpt/match/key_list.hpp"

namespace ckpt::commands {

/// A file of text is a list of keys (key_list.hpp); anything else is opened as a checkpoint.
match::KeyList read_keys(const std::filesystem::path& path);

}  // namespace ckpt::commands
