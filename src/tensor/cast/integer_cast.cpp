// Direct loops between integers, float32 and float64; narrower floats go through float32 in a
// buffer.

#include "tensor/cast/integer_cast.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

#include "tensor/cast/float_blocks.hpp"
#include "tensor/lanes/vector_clones.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

constexpr std::size_t chunk_elements = 1024;  // the float32 numbers in between stay in the first-
                                              // level cache

/// An element of a bool tensor: any bit pattern but 0 is true.
enum class Truth : std::uint8_t {};

template <class To, class From>
[[gnu::always_inline]] inline To converted(From number) {
  if constexpr (std::is_same_v<From, Truth>) {
    return static_cast<To>(number != Truth{} ? 1 : 0);
  } else if constexpr (std::is_same_v<To, Truth>) {
    return static_cast<Truth>(number != 0 ? 1 : 0);
  } else if constexpr (std::is_same_v<To, double>) {
    return to_double(number);
  } else {
    return static_cast<To>(number);
  }
}

template <class To, class From>
[[gnu::always_inline]] inline void convert(const std::byte* in, std::size_t count, std::byte* out) {
  for (std::size_t i = 0; i < count; ++i)
    store(out + i * sizeof(To), converted<To>(load<From>(in + i * sizeof(From))));
}

/// How an element is stored. Floats narrower than float32 are not included.
enum class Held : std::uint8_t { truth, bits8, bits16, bits32, bits64, float32, float64 };

Held held_as(DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  switch (row.number_class) {
    case NumberClass::boolean:
      return Held::truth;
    case NumberClass::floating:
      return dtype == DType::float64 ? Held::float64 : Held::float32;
    default:
      break;
  }
  switch (row.size_bytes) {
    case 1:
      return Held::bits8;
    case 2:
      return Held::bits16;
    case 4:
      return Held::bits32;
    default:
      return Held::bits64;
  }
}

template <class From>
[[gnu::always_inline]] inline void convert_from(Held to, const std::byte* in, std::size_t count,
                                                std::byte* out) {
  switch (to) {
    case Held::truth:
      return convert<Truth, From>(in, count, out);
    case Held::bits8:
      return convert<std::uint8_t, From>(in, count, out);
    case Held::bits16:
      return convert<std::uint16_t, From>(in, count, out);
    case Held::bits32:
      return convert<std::uint32_t, From>(in, count, out);
    case Held::bits64:
      return convert<std::uint64_t, From>(in, count, out);
    case Held::float32:
      return convert<float, From>(in, count, out);
    case Held::float64:
      return convert<double, From>(in, count, out);
  }
}

// One cloned function holds the loops of all types: a template would need a clone per type.
CKPT_VECTOR_CLONES void convert_cloned(DType from, Held to, const std::byte* in, std::size_t count,
                                       std::byte* out) {
  switch (from) {
    case DType::boolean:
      return convert_from<Truth>(to, in, count, out);
    case DType::int8:
      return convert_from<std::int8_t>(to, in, count, out);
    case DType::uint8:
      return convert_from<std::uint8_t>(to, in, count, out);
    case DType::int16:
      return convert_from<std::int16_t>(to, in, count, out);
    case DType::uint16:
      return convert_from<std::uint16_t>(to, in, count, out);
    case DType::int32:
      return convert_from<std::int32_t>(to, in, count, out);
    case DType::uint32:
      return convert_from<std::uint32_t>(to, in, count, out);
    case DType::int64:
      return convert_from<std::int64_t>(to, in, count, out);
    case DType::uint64:
      return convert_from<std::uint64_t>(to, in, count, out);
    default:
      throw std::logic_error("cast_integers of what is no integer");
  }
}

void convert_through_float32(DType from, DType to, const std::byte* in, std::size_t count,
                             std::byte* out) {
  alignas(64) std::array<std::byte, chunk_elements * sizeof(float)> numbers;
  for (std::size_t first = 0; first < count; first += chunk_elements) {
    const std::size_t size = std::min(chunk_elements, count - first);
    convert_cloned(from, Held::float32, in + first * model::row_of(from).size_bytes, size,
                   numbers.data());
    narrow_block(to, numbers.data(), size, out + first * model::row_of(to).size_bytes);
  }
}

}  // namespace

bool is_integral(DType dtype) {
  const NumberClass number_class = model::row_of(dtype).number_class;
  return number_class == NumberClass::signed_integer ||
         number_class == NumberClass::unsigned_integer || number_class == NumberClass::boolean;
}

void cast_integers(DType from, DType to, const std::byte* in, std::size_t count, std::byte* out) {
  if (fits_float32(to) && to != DType::float32) {
    convert_through_float32(from, to, in, count, out);
  } else {
    convert_cloned(from, held_as(to), in, count, out);
  }
}

}  // namespace ckpt::tensor
