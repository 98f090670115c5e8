// The exception type of the project. The code that finds the fault says what is wrong; each caller
// on the way up adds where, with within():
//
//   model.pt: data.pkl: byte 2: opcode 0xff is not a pickle opcode
//   ^within   ^within   ^within ^message
//
// ckpt throws no other exception type, except std::logic_error for a contradiction inside ckpt
// itself, which is reported as an internal error.
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
  unsupported,  ///< well-formed, but ckpt cannot read or write it
  limit,        ///< a size that cannot be represented, or is out of proportion to the input
  conflict,     ///< an edit that would lose or mix up data
};

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message, std::string hint = {})
      : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}

  ErrorKind kind() const { return kind_; }
  /// The places, outermost first, then the message, joined by ": ".
  const std::string& message() const { return message_; }
  /// Advice for the user, or "".
  const std::string& hint() const { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// Puts "PLACE: " in front of the message.
  void add_place(std::string_view place);

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
};

/// Calls `body` and returns its result. An Error that leaves `body` gets `place` in front.
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
