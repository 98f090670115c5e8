// Reads the keys for --keys: those of a checkpoint, or a list of keys.
#pragma once

#include <filesystem>

#include "ckpt/match/key_list.hpp"

namespace ckpt::commands {

/// A text file is a list of keys (key_list.hpp); any other file is opened as a checkpoint.
match::KeyList read_keys(const std::filesystem::path& path);

}  // namespace ckpt::commands
