#include "tensor/read/float_codes.hpp"

#include <bit>
#include <cstdint>
#include <stdexcept>

#include "tensor/read/float_formats.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

template <FloatFormat format, class Code>
double widened(const std::byte* element) {
  return static_cast<double>(widen<format>(std::uint32_t{load<Code>(element)}));
}

std::uint32_t bits_of(double value) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

template <FloatFormat format, class Code>
void store_narrowed(double value, std::byte* element) {
  store(element, static_cast<Code>(narrow<format>(bits_of(value))));
}

}  // namespace

double decode_float(DType floating, const std::byte* element) {
  using Byte = std::uint8_t;
  using Half = std::uint16_t;
  switch (floating) {
    case DType::float64:
      return load<double>(element);
    case DType::float32:
      return static_cast<double>(load<float>(element));
    case DType::float16:
      return widened<float16_format, Half>(element);
    case DType::bfloat16:
      return widened<bfloat16_format, Half>(element);
    case DType::float8_e5m2:
      return widened<e5m2_format, Byte>(element);
    case DType::float8_e4m3fn:
      return widened<e4m3fn_format, Byte>(element);
    case DType::float8_e5m2fnuz:
      return widened<e5m2fnuz_format, Byte>(element);
    case DType::float8_e4m3fnuz:
      return widened<e4m3fnuz_format, Byte>(element);
    case DType::float8_e8m0fnu:
      return widened<e8m0_format, Byte>(element);
    default:
      throw std::logic_error("decode_float of what is not a float");
  }
}

void encode_float(DType floating, double value, std::byte* element) {
  using Byte = std::uint8_t;
  using Half = std::uint16_t;
  switch (floating) {
    case DType::float64:
      return store(element, value);
    case DType::float32:
      return store(element, static_cast<float>(value));
    case DType::float16:
      return store_narrowed<float16_format, Half>(value, element);
    case DType::bfloat16:
      return store_narrowed<bfloat16_format, Half>(value, element);
    case DType::float8_e5m2:
      return store_narrowed<e5m2_format, Byte>(value, element);
    case DType::float8_e4m3fn:
      return store_narrowed<e4m3fn_format, Byte>(value, element);
    case DType::float8_e5m2fnuz:
      return store_narrowed<e5m2fnuz_format, Byte>(value, element);
    case DType::float8_e4m3fnuz:
      return store_narrowed<e4m3fnuz_format, Byte>(value, element);
    case DType::float8_e8m0fnu:
      return store_narrowed<e8m0_format, Byte>(value, element);
    default:
      throw std::logic_error("encode_float of what is not a float");
  }
}

DType part_of_complex(DType complex) {
  switch (complex) {
    case DType::complex128:
      return DType::float64;
    case DType::complex64:
      return DType::float32;
    case DType::complex32:
      return DType::float16;
    case DType::bcomplex32:
      return DType::bfloat16;
    default:
      throw std::logic_error("part_of_complex of what is not complex");
  }
}

}  // namespace ckpt::tensor
