// Integers beyond 64 bits, as pickles hold them: two's complement, little endian, any length.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ckpt {

/// Decimal digits, "-" before them; beyond 4096 bytes only how long the integer is.
std::string big_integer_text(std::string_view twos_complement);

/// The integer that decimal digits, perhaps behind a "-", say, in as few bytes as a pickle has;
/// nothing for other text.
std::optional<std::string> find_big_integer(std::string_view decimal);

}  // namespace ckpt
