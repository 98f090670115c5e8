// How many columns a terminal gives to a text, without locales: East Asian wide characters and
// emoji take two, combining marks none, everything else one.
#pragma once

#include <cstddef>
#include <string_view>

namespace ckpt::render {

/// Columns of `text` on one line; a byte that is not UTF-8 counts as one column.
std::size_t display_width(std::string_view text);

/// Columns of one character: 0, 1 or 2. Source: East_Asian_Width W and F, General_Category Mn and
/// Me of Unicode 15, neighbouring ranges joined where nothing between them is in common use.
std::size_t character_width(char32_t code);

}  // namespace ckpt::render
