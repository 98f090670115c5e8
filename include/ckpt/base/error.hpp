// The one exception of the project. Deep code says what is wrong; each caller adds where:
//
//   model.pt: data.pkl: byte 2: opcode 0xff is not a pickle opcode
//   ^within   ^within   ^within ^message
//
// Only Error is thrown by ckpt. An internal contradiction is std::logic_error.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace ckpt {

enum class ErrorKind {
  usage,        ///< the caller asked for something that makes no sense
  io,           ///< the system refused: open, read, write, rename
  malformed,    ///< a file contradicts its own format
  unsupported,  ///< well-formed, but of a kind that ckpt does not read or write
  limit,        ///< a size that cannot be represented or is out of proportion to the input
  conflict,     ///< an edit that would lose or mix up data
};

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message, std::string hint = {})
      : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}

  ErrorKind kind() const { return kind_; }
  /// Places, outermost first, then the message, joined by ": ".
  const std::string& message() const { return message_; }
  /// What would help, or "".
  const std::string& hint() const { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

  void add_place(std::string_view place);

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
};

/// Runs `body`; an Error that leaves it gets `place` prepended.
template <class Body>
decltype(auto) within(std::string_view place, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (Error& error) {
    error.add_place(place);
    throw;
  }
}

}  // namespace ckpt
