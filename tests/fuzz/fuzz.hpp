// What fuzz targets share. A target is a file with one function that libFuzzer calls with bytes:
// Error is what hostile bytes are to give; any other exception, a broken promise (see require), a
// hang or memory out of proportion ends the program, and is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/error.hpp"

// Called by libFuzzer, and by replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace ckpt::fuzz {

inline ByteView view_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

/// Ends the program when a promise is broken.
inline void require(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

enum class Outcome { done, refused };

/// Runs `body`; Error is an answer, nothing else is.
template <class Body>
Outcome attempt(Body&& body) {
  try {
    std::forward<Body>(body)();
    return Outcome::done;
  } catch (const Error& error) {
    require(!error.message().empty(), "an Error says what is wrong");
    return Outcome::refused;
  }
}

/// Runs `body`, which has no reason to refuse.
template <class Body>
void must(std::string_view promise, Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    require(false, promise);
  }
}

}  // namespace ckpt::fuzz
