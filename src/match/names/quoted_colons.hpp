// Keys that hold a ':' are quoted where a path is shown.
#pragma once

#include <string>
#include <string_view>

namespace ckpt::match {

/// `path` with the steps that hold a ':' as they are in their dict, each such ':' as a character
/// that separates nothing: '*' of a path matches them too.
std::string without_quoted_colons(std::string_view path);

}  // namespace ckpt::match
