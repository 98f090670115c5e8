// How deep hostile values are nested, so that any recursion overflows the stack. With
// AddressSanitizer calls take more of it, and values much more time.
#pragma once

#include <cstddef>

#ifndef __has_feature  // of clang
#define __has_feature(name) 0
#endif

namespace ckpt::test {

inline constexpr std::size_t depth = __has_feature(address_sanitizer) ? 200'000 : 2'000'000;

}  // namespace ckpt::test
