#include "tensor/integer_cast.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>

#include "ckpt/tensor/elements.hpp"
#include "tensor/float_blocks.hpp"
#include "tensor/native_number.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

/// The element as 64 bits, its sign extended, and how they are to be read.
struct Integer {
  std::uint64_t bits = 0;
  bool is_signed = false;

  template <class Float>
  Float as() const {
    return is_signed ? static_cast<Float>(static_cast<std::int64_t>(bits))
                     : static_cast<Float>(bits);
  }
};

Integer load_integer(const std::byte* element, DType dtype) {
  const Number number = decode(dtype, ByteView(element, model::row_of(dtype).size_bytes));
  if (const auto* truth = std::get_if<bool>(&number)) return {*truth ? 1U : 0U, false};
  if (const auto* positive = std::get_if<std::uint64_t>(&number)) return {*positive, false};
  return {static_cast<std::uint64_t>(std::get<std::int64_t>(number)), true};
}

void store_low_bits(std::byte* out, std::uint64_t bits, std::size_t size_bytes) {
  switch (size_bytes) {
    case 1:
      return store(out, static_cast<std::uint8_t>(bits));
    case 2:
      return store(out, static_cast<std::uint16_t>(bits));
    case 4:
      return store(out, static_cast<std::uint32_t>(bits));
    case 8:
      return store(out, bits);
    default:
      throw std::logic_error("an integer of that width");
  }
}

void store_integer(std::byte* out, DType dtype, const Integer& integer) {
  const model::DTypeRow& row = model::row_of(dtype);
  if (dtype == DType::float64) return store(out, integer.as<double>());
  if (row.number_class == NumberClass::floating) {
    const auto number = integer.as<float>();
    return narrow_block(dtype, &number, 1, out);
  }
  const bool is_truth = row.number_class == NumberClass::boolean;
  const std::uint64_t truth = integer.bits != 0 ? 1 : 0;
  store_low_bits(out, is_truth ? truth : integer.bits, row.size_bytes);
}

}  // namespace

bool is_integral(DType dtype) {
  const NumberClass number_class = model::row_of(dtype).number_class;
  return number_class == NumberClass::signed_integer ||
         number_class == NumberClass::unsigned_integer || number_class == NumberClass::boolean;
}

void cast_integers(DType from, DType to, const std::byte* in, std::size_t count, std::byte* out) {
  const std::size_t width_in = model::row_of(from).size_bytes;
  const std::size_t width_out = model::row_of(to).size_bytes;
  for (std::size_t i = 0; i < count; ++i)
    store_integer(out + i * width_out, to, load_integer(in + i * width_in, from));
}

}  // namespace ckpt::tensor
