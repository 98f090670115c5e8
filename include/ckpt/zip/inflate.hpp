// The uncompressed bytes of a deflated payload, in order, through a fixed buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ckpt/base/file.hpp"

namespace ckpt::zip {

class Inflater {
 public:
  /// `compressed` is the payload; `size_bytes` what it must unfold to.
  Inflater(FileRange compressed, std::uint64_t size_bytes);
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  /// Fills `out` with the next bytes, fewer only at the end; returns how many.
  /// Throws Error{malformed} when the stream is broken, or longer or shorter than declared: the
  /// latter at the last byte, so whoever wants to know must read to the end, a read of 0 included.
  std::size_t read(std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ckpt::zip
