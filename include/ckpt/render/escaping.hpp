// Text that came from a file must not steer a terminal; on a pipe it must arrive unchanged.
#pragma once

#include <string>
#include <string_view>

namespace ckpt::render {

enum class Escaping {
  none,      ///< a pipe or a file: the bytes as they are
  terminal,  ///< control characters, bidirectional marks and invalid UTF-8 made visible
};

/// `text` as a stream of that kind may receive it.
std::string escaped(std::string_view text, Escaping escaping);

/// Appends what escaped() returns.
void append_escaped(std::string& out, std::string_view text, Escaping escaping);

}  // namespace ckpt::render
