// Each function works on a block in place, without branches per element.

#include "tensor/read/adjust.hpp"

#include <algorithm>
#include <cstdint>

#include "tensor/read/float_codes.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

template <std::size_t width>
void reverse_groups(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i + width <= bytes.size(); i += width)
    std::reverse(bytes.data() + i, bytes.data() + i + width);
}

/// Applies `change` to every `step`-th number, starting with number `first`.
template <class Number, class Change>
void change_each(std::span<std::byte> bytes, std::size_t first, std::size_t step, Change change) {
  for (std::size_t i = first * sizeof(Number); i + sizeof(Number) <= bytes.size();
       i += step * sizeof(Number))
    store(bytes.data() + i, static_cast<Number>(change(load<Number>(bytes.data() + i))));
}

template <class Code>
void flip_signs(std::span<std::byte> bytes, std::size_t first, std::size_t step) {
  constexpr auto sign = static_cast<Code>(Code{1} << (8 * sizeof(Code) - 1));
  change_each<Code>(bytes, first, step, [](Code code) { return code ^ sign; });
}

void flip_signs_of_width(std::span<std::byte> bytes, std::size_t width, std::size_t first,
                         std::size_t step) {
  switch (width) {
    case 1:
      return flip_signs<std::uint8_t>(bytes, first, step);
    case 2:
      return flip_signs<std::uint16_t>(bytes, first, step);
    case 4:
      return flip_signs<std::uint32_t>(bytes, first, step);
    default:
      return flip_signs<std::uint64_t>(bytes, first, step);
  }
}

void negate_integers(std::span<std::byte> bytes, std::size_t width) {
  const auto negative = [](auto number) { return 0 - number; };
  switch (width) {
    case 1:
      return change_each<std::uint8_t>(bytes, 0, 1, negative);
    case 2:
      return change_each<std::uint16_t>(bytes, 0, 1, negative);
    case 4:
      return change_each<std::uint32_t>(bytes, 0, 1, negative);
    default:
      return change_each<std::uint64_t>(bytes, 0, 1, negative);
  }
}

bool is_fnuz(DType dtype) {
  return dtype == DType::float8_e5m2fnuz || dtype == DType::float8_e4m3fnuz;
}

}  // namespace

std::size_t swapped_bytes(DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  if (row.number_class == NumberClass::complex)
    return model::row_of(part_of_complex(dtype)).size_bytes;
  return row.size_bytes;
}

void swap_byte_order(std::span<std::byte> elements, std::size_t width) {
  switch (width) {
    case 2:
      return reverse_groups<2>(elements);
    case 4:
      return reverse_groups<4>(elements);
    case 8:
      return reverse_groups<8>(elements);
    default:
      return;
  }
}

bool can_negate(DType dtype) {
  const NumberClass number_class = model::row_of(dtype).number_class;
  return dtype != DType::float8_e8m0fnu && number_class != NumberClass::boolean &&
         number_class != NumberClass::bits && number_class != NumberClass::quantized;
}

void negate(DType dtype, std::span<std::byte> elements) {
  const std::size_t width = swapped_bytes(dtype);
  const NumberClass number_class = model::row_of(dtype).number_class;
  if (number_class == NumberClass::floating || number_class == NumberClass::complex) {
    // In these types the bit pattern of -0 is NaN, so 0 has no negative.
    if (is_fnuz(dtype))
      return change_each<std::uint8_t>(elements, 0, 1, [](std::uint8_t code) {
        return (code & 0x7F) == 0 ? code : code ^ 0x80;
      });
    return flip_signs_of_width(elements, width, 0, 1);
  }
  negate_integers(elements, width);
}

void conjugate(DType dtype, std::span<std::byte> elements) {
  if (model::row_of(dtype).number_class != NumberClass::complex) return;
  flip_signs_of_width(elements, swapped_bytes(dtype), 1, 2);
}

}  // namespace ckpt::tensor
