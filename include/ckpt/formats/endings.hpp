// Which format the ending of a file's name promises.
#pragma once

#include <filesystem>

#include "ckpt/formats/format.hpp"

namespace ckpt::formats {

/// Nothing for the endings of formats that ckpt writes, and for endings that say nothing. Throws
/// Error{usage} for one that promises another container: "fc.gguf: ckpt writes files of torch.save
/// (.pt, .pth, .bin, .ckpt) and npy (.npy) only, not GGUF".
void refuse_other_ending(const std::filesystem::path& path);

/// The same for an output of `writer` that is always of one format.
void refuse_other_ending(const std::filesystem::path& path, std::string_view writer,
                         const Format& only);

/// The format of an output that is called `path`: the one that its ending promises, else that of
/// torch.save.
const Format& format_of_output(const std::filesystem::path& path);

}  // namespace ckpt::formats
