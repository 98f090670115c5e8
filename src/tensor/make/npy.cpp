#include "ckpt/tensor/npy.hpp"

#include <bit>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/cast.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "tensor/read/adjust.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;
constexpr std::size_t header_alignment = 64;
constexpr std::size_t preamble_bytes = 10;  // magic, version, length

/// The type in which the elements are written.
DType written_dtype(DType dtype) {
  switch (model::row_of(dtype).number_class) {
    case NumberClass::complex:
      return model::row_of(dtype).size_bytes < 8 ? DType::complex64 : dtype;
    case NumberClass::floating:
      return dtype == DType::float64 || dtype == DType::float16 ? dtype : DType::float32;
    case NumberClass::signed_integer:
    case NumberClass::unsigned_integer:
    case NumberClass::boolean:
      return dtype;
    case NumberClass::quantized:
    case NumberClass::bits:
      break;
  }
  throw Error(ErrorKind::unsupported,
              concat("a .npy file of ", model::row_of(dtype).name, ": numpy has no such type"));
}

/// "<f4", "|u1": byte order, kind, bytes of an element.
std::string descr_of(DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  const auto kind = [&]() -> char {
    switch (row.number_class) {
      case NumberClass::signed_integer:
        return 'i';
      case NumberClass::unsigned_integer:
        return 'u';
      case NumberClass::boolean:
        return 'b';
      case NumberClass::complex:
        return 'c';
      default:
        return 'f';
    }
  };
  return concat(row.size_bytes == 1 ? '|' : '<', kind(), row.size_bytes);
}

/// As Python writes a tuple: (), (3,), (2, 3)
std::string tuple_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(concat(size));
  return concat("(", join(sizes, ", "), sizes.size() == 1 ? ",)" : ")");
}

void write_elements(AtomicFile& out, model::BlobStream& elements, DType dtype) {
  Bytes block(block_bytes);
  while (const std::size_t count = elements.read(block)) {
    const std::span<std::byte> filled = std::span(block).first(count);
    if constexpr (std::endian::native == std::endian::big)
      swap_byte_order(filled, swapped_bytes(dtype));
    out.write(filled);
  }
}

}  // namespace

std::string npy_header(std::string_view descr, const std::vector<std::int64_t>& shape) {
  std::string text = concat("{'descr': '", descr,
                            "', 'fortran_order': False, 'shape': ", tuple_text(shape), ", }");
  const std::size_t unpadded = preamble_bytes + text.size() + 1;
  text.append((header_alignment - unpadded % header_alignment) % header_alignment, ' ');
  text += '\n';
  if (text.size() > 0xFFFF)
    throw Error(ErrorKind::limit,
                concat("a .npy header of ", text.size(), " bytes, at most 65535"));
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

void write_npy(AtomicFile& out, const model::Storage& storage, const model::Tensor& tensor) {
  const DType written = written_dtype(tensor.dtype);
  std::shared_ptr<const model::Blob> elements = make_dense_blob(storage, tensor);
  if (written != tensor.dtype) elements = make_cast_blob(elements, tensor.dtype, written);
  out.write(as_bytes(npy_header(descr_of(written), tensor.layout.shape)));
  write_elements(out, *elements->open(0), written);
}

}  // namespace ckpt::tensor
