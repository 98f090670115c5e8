// The bit patterns over which make_torch_values.py asked torch, and its checksum of codes.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"
#include "ckpt/tensor/elements.hpp"

namespace patterns {

using ckpt::Bytes;
using ckpt::ByteView;
using ckpt::model::DType;

inline constexpr std::uint64_t odd_constant = 0x9E3779B97F4A7C15;
inline constexpr std::size_t sample_count = 1 << 20;

inline std::size_t size_of(DType dtype) { return ckpt::model::row_of(dtype).size_bytes; }

inline std::uint64_t sampled_code(DType dtype, std::uint64_t index) {
  const std::uint64_t mixed = index * odd_constant;
  if (dtype == DType::float32) return mixed >> 32;
  const std::uint64_t exponent = 1023 - 160 + mixed % 320;
  return (((mixed >> 20) & 1) << 63) | (exponent << 52) | (mixed >> 12);
}

/// Every pattern of an 8 or 16-bit type, 2^20 samples of float32 and float64; little endian.
inline Bytes patterns_of(DType dtype) {
  const std::size_t size = size_of(dtype);
  const std::size_t count = size >= 4 ? sample_count : std::size_t{1} << (8 * size);
  Bytes bytes(count * size);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t code = size >= 4 ? sampled_code(dtype, i) : i;
    std::memcpy(bytes.data() + i * size, &code, size);
  }
  return bytes;
}

inline std::uint64_t nan_code(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return std::uint64_t{0x7FF8} << 48;
    case DType::float32:
      return 0x7FC00000;
    case DType::float16:
      return 0x7E00;
    case DType::bfloat16:
      return 0x7FC0;
    case DType::float8_e5m2fnuz:
    case DType::float8_e4m3fnuz:
      return 0x80;
    case DType::float8_e8m0fnu:
      return 0xFF;
    default:
      return 0x7F;
  }
}

class Checksum {
 public:
  void add(std::uint64_t code) { sum_ += (code + 1) * (2 * index_++ + 1) * odd_constant; }
  std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
  std::uint64_t index_ = 0;
};

/// Of floating elements, any NaN counted as one code.
inline std::uint64_t checksum_of(DType dtype, ByteView elements) {
  const std::size_t size = size_of(dtype);
  Checksum checksum;
  for (std::size_t i = 0; i < elements.size(); i += size) {
    std::uint64_t code = 0;
    std::memcpy(&code, elements.data() + i, size);
    const bool is_nan = std::isnan(ckpt::tensor::decode_real(dtype, elements.subspan(i, size)));
    checksum.add(is_nan ? nan_code(dtype) : code);
  }
  return checksum.value();
}

}  // namespace patterns
