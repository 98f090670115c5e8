// Decimal text of integers that do not fit in 64 bits. A pickle holds them as LONG1 and LONG4 do:
// two's complement, little endian, any number of bytes. ckpt carries the bytes unchanged and
// converts them only to show or to read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ckpt {

/// The integer in decimal, with "-" in front of a negative one. Beyond 4096 bytes the text only
/// says how long the integer is, because the conversion takes time quadratic in the length.
std::string big_integer_text(std::string_view twos_complement);

/// The shortest two's complement bytes of the integer `decimal` ("-" and digits); nothing when
/// `decimal` is not such a text.
std::optional<std::string> find_big_integer(std::string_view decimal);

}  // namespace ckpt
