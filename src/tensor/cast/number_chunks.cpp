#include "tensor/cast/number_chunks.hpp"

#include <cstring>

#include "ckpt/tensor/elements.hpp"
#include "tensor/cast/float_blocks.hpp"
#include "tensor/lanes/vector_clones.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

template <class Stored, class Number>
[[gnu::always_inline]] inline void convert(const std::byte* elements, Number* out,
                                           std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<Number>(load<Stored>(elements + i * sizeof(Stored)));
}

CKPT_VECTOR_CLONES void small_integers(DType dtype, const std::byte* elements, float* out,
                                       std::size_t count) {
  switch (dtype) {
    case DType::boolean:
      for (std::size_t i = 0; i < count; ++i) out[i] = elements[i] == std::byte{0} ? 0.0F : 1.0F;
      return;
    case DType::int8:
    case DType::qint8:
      return convert<std::int8_t>(elements, out, count);
    case DType::int16:
      return convert<std::int16_t>(elements, out, count);
    case DType::uint16:
      return convert<std::uint16_t>(elements, out, count);
    default:
      return convert<std::uint8_t>(elements, out, count);
  }
}

CKPT_VECTOR_CLONES void integers_of_32_bits(bool is_signed, const std::byte* elements, double* out,
                                            std::size_t count) {
  if (is_signed) return convert<std::int32_t>(elements, out, count);
  convert<std::uint32_t>(elements, out, count);
}

}  // namespace

ChunkType chunk_type(DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  if (row.number_class == NumberClass::bits || row.elements_per_byte != 1) return ChunkType::none;
  if (row.number_class == NumberClass::complex) return ChunkType::complex;
  if (row.number_class == NumberClass::floating)
    return fits_float32(dtype) ? ChunkType::float32 : ChunkType::float64;
  if (row.size_bytes <= 2) return ChunkType::float32;
  if (row.size_bytes == 4) return ChunkType::float64;
  return has_signed_integers(dtype) ? ChunkType::signed64 : ChunkType::unsigned64;
}

void load_chunk(DType dtype, const std::byte* elements, std::span<float> out) {
  if (fits_float32(dtype)) {
    widen_block(dtype, elements, out.size(), std::as_writable_bytes(out).data());
  } else {
    small_integers(dtype, elements, out.data(), out.size());
  }
}

void load_chunk(DType dtype, const std::byte* elements, std::span<double> out) {
  if (dtype == DType::float64) {
    std::memcpy(out.data(), elements, out.size_bytes());
  } else {
    integers_of_32_bits(has_signed_integers(dtype), elements, out.data(), out.size());
  }
}

}  // namespace ckpt::tensor
