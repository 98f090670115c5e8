// Which container the ending of a file's name promises, and whether ckpt can write it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ckpt::formats {

/// What an output holds.
enum class Content : std::uint8_t { checkpoint, one_tensor };

/// Nothing for the endings of containers that ckpt writes such content in, and for endings that say
/// nothing. Throws Error{usage} for one that promises another container: "fc.safetensors: ckpt
/// writes files of torch.save (.pt, .pth, .bin, .ckpt) only, not safetensors".
void refuse_other_ending(const std::filesystem::path& path, Content content);

}  // namespace ckpt::formats
