#include "ckpt/tensor/npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <complex>
#include <cstdint>
#include <string>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::tensor {

namespace {

using model::DType;

enum class Widening { none, to_float32, to_complex64 };

struct NpyRow {
  DType dtype;
  std::string_view descr;
  Widening widening = Widening::none;
};

constexpr std::array npy_rows{
    NpyRow{DType::float64, "<f8"},
    NpyRow{DType::float32, "<f4"},
    NpyRow{DType::float16, "<f2"},
    NpyRow{DType::bfloat16, "<f4", Widening::to_float32},
    NpyRow{DType::float8_e5m2, "<f4", Widening::to_float32},
    NpyRow{DType::float8_e4m3fn, "<f4", Widening::to_float32},
    NpyRow{DType::float8_e5m2fnuz, "<f4", Widening::to_float32},
    NpyRow{DType::float8_e4m3fnuz, "<f4", Widening::to_float32},
    NpyRow{DType::float8_e8m0fnu, "<f4", Widening::to_float32},
    NpyRow{DType::int64, "<i8"},
    NpyRow{DType::int32, "<i4"},
    NpyRow{DType::int16, "<i2"},
    NpyRow{DType::int8, "|i1"},
    NpyRow{DType::uint64, "<u8"},
    NpyRow{DType::uint32, "<u4"},
    NpyRow{DType::uint16, "<u2"},
    NpyRow{DType::uint8, "|u1"},
    NpyRow{DType::boolean, "|b1"},
    NpyRow{DType::complex128, "<c16"},
    NpyRow{DType::complex64, "<c8"},
    NpyRow{DType::complex32, "<c8", Widening::to_complex64},
};

const NpyRow& row_for(DType dtype) {
  const auto found = std::ranges::find(npy_rows, dtype, &NpyRow::dtype);
  if (found == npy_rows.end())
    throw Error(ErrorKind::unsupported,
                concat("numpy has no type for ", model::row_of(dtype).name));
  return *found;
}

std::string header_of(const NpyRow& row, const std::vector<std::int64_t>& shape) {
  std::string sizes;
  for (const std::int64_t size : shape) sizes += concat(sizes.empty() ? "" : ", ", size);
  if (shape.size() == 1) sizes += ',';
  return concat("{'descr': '", row.descr, "', 'fortran_order': False, 'shape': (", sizes, "), }");
}

Bytes preamble_of(std::string header) {
  constexpr std::size_t fixed_bytes = 10;
  constexpr std::size_t alignment_bytes = 64;
  const std::size_t used_bytes = fixed_bytes + header.size() + 1;
  header.append((alignment_bytes - used_bytes % alignment_bytes) % alignment_bytes, ' ');
  header += '\n';
  if (header.size() > 0xFFFF) throw Error(ErrorKind::unsupported, "a shape too long for .npy");
  Bytes bytes;
  append_bytes(bytes, as_bytes(std::string_view("\x93NUMPY\x01\x00", 8)));
  append_little_endian(bytes, static_cast<std::uint16_t>(header.size()));
  append_bytes(bytes, as_bytes(header));
  return bytes;
}

void append_float32(Bytes& out, double value) {
  append_little_endian(out, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
}

void append_widened(Bytes& out, const Number& number) {
  if (const auto* const pair = std::get_if<std::complex<double>>(&number)) {
    append_float32(out, pair->real());
    append_float32(out, pair->imag());
  } else {
    append_float32(out, std::get<double>(number));
  }
}

/// numpy reads what we call little endian; a big-endian machine would hold elements the other way.
static_assert(std::endian::native == std::endian::little);

}  // namespace

void write_npy(const model::Tree& tree, const model::Tensor& tensor, AtomicFile& out) {
  const NpyRow& row = row_for(tensor.dtype);
  const std::size_t size_bytes = model::row_of(tensor.dtype).size_bytes;
  ElementStream stream(tree, tensor);
  out.write(preamble_of(header_of(row, tensor.layout.shape)));
  Bytes block((std::size_t{1} << 20) / size_bytes * size_bytes);
  Bytes widened;
  for (std::size_t read = stream.read(block); read > 0; read = stream.read(block)) {
    const ByteView elements = ByteView(block).first(read);
    if (row.widening == Widening::none) {
      out.write(elements);
      continue;
    }
    widened.clear();
    for (std::size_t i = 0; i < read; i += size_bytes)
      append_widened(widened, decode(tensor.dtype, elements.subspan(i, size_bytes)));
    out.write(widened);
  }
}

}  // namespace ckpt::tensor
