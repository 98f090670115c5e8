// The number of terminal columns of a text, without locales: wide East Asian characters and emoji
// take two columns, combining marks none, all others one.
#pragma once

#include <cstddef>
#include <string_view>

namespace ckpt::render {

/// The columns of `text` on one line. A byte that is not UTF-8 counts as one column.
std::size_t display_width(std::string_view text);

/// The columns of one character: 0, 1 or 2.
///
/// Source: East_Asian_Width W and F, General_Category Mn and Me of Unicode 15. Neighbouring ranges
/// are joined where no common character lies between them.
std::size_t character_width(char32_t code);

}  // namespace ckpt::render
