// A switch over the dtype per element: exact, but slow. Code for many elements has a loop per
// dtype.

#include "ckpt/tensor/elements.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "tensor/read/float_codes.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

std::int64_t load_signed(std::size_t size_bytes, const std::byte* element) {
  switch (size_bytes) {
    case 1:
      return load<std::int8_t>(element);
    case 2:
      return load<std::int16_t>(element);
    case 4:
      return load<std::int32_t>(element);
    default:
      return load<std::int64_t>(element);
  }
}

/// Stores the low bytes of `bits`. In two's complement this is right for negative numbers as well.
void store_integer(std::size_t size_bytes, std::uint64_t bits, std::byte* element) {
  switch (size_bytes) {
    case 1:
      return store(element, static_cast<std::uint8_t>(bits));
    case 2:
      return store(element, static_cast<std::uint16_t>(bits));
    case 4:
      return store(element, static_cast<std::uint32_t>(bits));
    default:
      return store(element, bits);
  }
}

std::complex<double> load_complex(DType dtype, const std::byte* element) {
  const DType part = part_of_complex(dtype);
  return {decode_float(part, element),
          decode_float(part, element + model::row_of(part).size_bytes)};
}

/// An integer as sign and magnitude; holds every integer of any dtype.
struct Whole {
  bool is_negative = false;
  std::uint64_t magnitude = 0;
};

Whole whole_of(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  return {number < 0, number < 0 ? 0 - bits : bits};
}

std::optional<Whole> find_whole(double number) {
  constexpr double two_to_64 = 18446744073709551616.0;
  if (std::trunc(number) != number || std::fabs(number) >= two_to_64) return std::nullopt;
  return Whole{number < 0, static_cast<std::uint64_t>(std::fabs(number))};
}

std::optional<Whole> find_whole(const Number& number) {
  if (const auto* truth = std::get_if<bool>(&number)) return Whole{false, *truth ? 1U : 0U};
  if (const auto* integer = std::get_if<std::int64_t>(&number)) return whole_of(*integer);
  if (const auto* integer = std::get_if<std::uint64_t>(&number)) return Whole{false, *integer};
  if (const auto* real = std::get_if<double>(&number)) return find_whole(*real);
  const std::complex<double>& complex = std::get<std::complex<double>>(number);
  return complex.imag() == 0 ? find_whole(complex.real()) : std::nullopt;
}

std::string number_text(const Number& number) {
  if (const auto* truth = std::get_if<bool>(&number)) return *truth ? "True" : "False";
  if (const auto* integer = std::get_if<std::int64_t>(&number)) return concat(*integer);
  if (const auto* integer = std::get_if<std::uint64_t>(&number)) return concat(*integer);
  if (const auto* real = std::get_if<double>(&number)) return real_text(*real);
  const std::complex<double>& complex = std::get<std::complex<double>>(number);
  return concat(real_text(complex.real()), std::signbit(complex.imag()) ? "-" : "+",
                real_text(std::fabs(complex.imag())), "j");
}

[[noreturn]] void throw_does_not_fit(DType dtype, const Number& number) {
  throw Error(ErrorKind::usage,
              concat(number_text(number), " is not a value of ", model::row_of(dtype).name));
}

bool fits(DType dtype, const Whole& whole) {
  const int bits = 8 * model::row_of(dtype).size_bytes;
  const std::uint64_t all_set = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
  if (!has_signed_integers(dtype))
    return whole.magnitude <= all_set && (!whole.is_negative || whole.magnitude == 0);
  return whole.magnitude <= (all_set >> 1) + (whole.is_negative ? 1 : 0);
}

void encode_integer(DType dtype, const Number& number, std::byte* element) {
  const std::optional<Whole> whole = find_whole(number);
  if (!whole || !fits(dtype, *whole)) throw_does_not_fit(dtype, number);
  store_integer(model::row_of(dtype).size_bytes,
                whole->is_negative ? 0 - whole->magnitude : whole->magnitude, element);
}

void encode_boolean(const Number& number, std::byte* element) {
  const std::optional<Whole> whole = find_whole(number);
  if (!whole || whole->magnitude > 1 || (whole->is_negative && whole->magnitude != 0))
    throw_does_not_fit(DType::boolean, number);
  store(element, static_cast<std::uint8_t>(whole->magnitude));
}

std::complex<double> to_complex(const Number& number) {
  if (const auto* truth = std::get_if<bool>(&number)) return *truth ? 1.0 : 0.0;
  if (const auto* integer = std::get_if<std::int64_t>(&number))
    return static_cast<double>(*integer);
  if (const auto* integer = std::get_if<std::uint64_t>(&number))
    return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&number)) return *real;
  return std::get<std::complex<double>>(number);
}

}  // namespace

Number decode(DType dtype, ByteView element) {
  const std::byte* bytes = element.data();
  const model::DTypeRow& row = model::row_of(dtype);
  switch (row.number_class) {
    case NumberClass::floating:
      return decode_float(dtype, bytes);
    case NumberClass::signed_integer:
      return load_signed(row.size_bytes, bytes);
    case NumberClass::unsigned_integer:
    case NumberClass::bits:
      return load_unsigned(row.size_bytes, bytes);
    case NumberClass::boolean:
      return load<std::uint8_t>(bytes) != 0;
    case NumberClass::complex:
      return load_complex(dtype, bytes);
    case NumberClass::quantized:
      if (has_signed_integers(dtype)) return load_signed(row.size_bytes, bytes);
      return load_unsigned(row.size_bytes, bytes);
  }
  return false;
}

double decode_real(DType dtype, ByteView element) {
  if (model::row_of(dtype).number_class == NumberClass::floating)
    return decode_float(dtype, element.data());
  return to_complex(decode(dtype, element)).real();
}

void encode(DType dtype, const Number& number, std::span<std::byte> out) {
  std::byte* element = out.data();
  switch (model::row_of(dtype).number_class) {
    case NumberClass::signed_integer:
    case NumberClass::unsigned_integer:
    case NumberClass::quantized:
    case NumberClass::bits:
      return encode_integer(dtype, number, element);
    case NumberClass::boolean:
      return encode_boolean(number, element);
    case NumberClass::floating: {
      const std::complex<double> value = to_complex(number);
      if (value.imag() != 0) throw_does_not_fit(dtype, number);
      return encode_float(dtype, value.real(), element);
    }
    case NumberClass::complex: {
      const std::complex<double> value = to_complex(number);
      const DType part = part_of_complex(dtype);
      encode_float(part, value.real(), element);
      return encode_float(part, value.imag(), element + model::row_of(part).size_bytes);
    }
  }
}

bool has_signed_integers(DType dtype) {
  return model::row_of(dtype).number_class == NumberClass::signed_integer ||
         dtype == DType::qint32 || dtype == DType::qint8;
}

}  // namespace ckpt::tensor
