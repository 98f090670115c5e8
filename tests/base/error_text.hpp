// What an Error says, as one text that a test can hold: "malformed: message [hint]".
#pragma once

#include <string>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::samples {

inline std::string error_text(const Error& error) {
  constexpr const char* kinds[] = {"usage", "io", "malformed", "unsupported", "limit", "conflict"};
  const std::string hint = error.hint().empty() ? "" : concat(" [", error.hint(), "]");
  return concat(kinds[static_cast<int>(error.kind())], ": ", error.message(), hint);
}

/// The Error that `body` throws, or "no error".
template <class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error_text(error);
  }
  return "no error";
}

}  // namespace ckpt::samples
