// Finds tensors with NaN or infinite elements, and tensors whose elements are all equal.
#pragma once

#include <vector>

#include "commands/check/report.hpp"

namespace ckpt::commands {

/// Reads every floating and complex tensor of `document` once, on `thread_count` threads. Throws
/// Error{io}, and Error{malformed} for a damaged compressed storage.
std::vector<Oddity> find_oddities(const formats::Document& document, unsigned thread_count);

}  // namespace ckpt::commands
