// Tensors with NaN or infinite elements, and those whose elements are all alike.
#pragma once

#include <vector>

#include "commands/check/report.hpp"

namespace ckpt::commands {

/// Reads every floating and complex tensor of `document` once, on so many threads. Throws
/// Error{io}, and Error{malformed} for a compressed storage that is broken.
std::vector<Oddity> find_oddities(const formats::Document& document, unsigned thread_count);

}  // namespace ckpt::commands
