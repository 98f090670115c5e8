// Escapes text from a file before a terminal shows it: a tensor name could contain sequences that
// move the cursor or hide output. On a pipe the bytes must arrive unchanged.
#pragma once

#include <string>
#include <string_view>

namespace ckpt::render {

enum class Escaping {
  none,      ///< a pipe or a file: unchanged bytes
  terminal,  ///< control characters, bidirectional marks and invalid UTF-8 become visible
};

/// `text` in the form that the stream may receive.
std::string escaped(std::string_view text, Escaping escaping);

/// Appends escaped(text, escaping).
void append_escaped(std::string& out, std::string_view text, Escaping escaping);

}  // namespace ckpt::render
