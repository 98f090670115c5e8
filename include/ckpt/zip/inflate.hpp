// Inflates a deflated payload in order, through a buffer of fixed size, so memory does not depend
// on the size that a file claims. One thread uses an Inflater.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ckpt/base/file.hpp"

namespace ckpt::zip {

class Inflater {
 public:
  /// `compressed` is the payload in the file, `size_bytes` the uncompressed size that the directory
  /// declares.
  Inflater(FileRange compressed, std::uint64_t size_bytes);
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  /// Fills `out` with the next uncompressed bytes and returns how many; fewer than asked for only
  /// at the end.
  ///
  /// Throws Error{malformed} when the stream is damaged or its length is not the declared one. A
  /// wrong length shows at the last byte, so a caller must read to the end (a final read into an
  /// empty span counts) to know that the payload is sound.
  std::size_t read(std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ckpt::zip
