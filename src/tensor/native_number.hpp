// Reading and writing one number in this machine's byte order, at any alignment.
#pragma once

#include <cstddef>
#include <cstring>

namespace ckpt::tensor {

template <class Number>
Number load(const std::byte* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

template <class Number>
void store(std::byte* bytes, Number number) {
  std::memcpy(bytes, &number, sizeof number);
}

}  // namespace ckpt::tensor
