// numpy has no bfloat16, float8 or complex32: their elements are cast to the next larger type while
// writing.

#include "ckpt/tensor/npy.hpp"

#include <bit>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/cast.hpp"
#include "ckpt/tensor/element_stream.hpp"

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

/// As numpy names it: 'f' of a float; 0: numpy has no such type.
char kind_of(DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  switch (row.number_class) {
    case NumberClass::signed_integer:
      return 'i';
    case NumberClass::unsigned_integer:
      return 'u';
    case NumberClass::boolean:
      return 'b';
    case NumberClass::complex:
      return row.size_bytes < 8 ? 0 : 'c';
    case NumberClass::floating:
      return dtype == DType::bfloat16 || row.size_bytes < 2 ? 0 : 'f';
    case NumberClass::quantized:
    case NumberClass::bits:
      break;
  }
  return 0;
}

/// The shape in Python's spelling of a tuple: (), (3,), (2, 3).
std::string tuple_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(concat(size));
  return concat("(", join(sizes, ", "), sizes.size() == 1 ? ",)" : ")");
}

/// numpy leaves room for the axis along which an array may grow, and at least one more blank.
std::size_t blanks_after(std::string_view text, const std::vector<std::int64_t>& shape,
                         NpyOrder order) {
  constexpr std::size_t most_digits = 21;
  std::size_t blanks = 0;
  if (!shape.empty()) {
    const std::int64_t growing = order == NpyOrder::row_major ? shape.front() : shape.back();
    blanks = most_digits - concat(growing).size();
  }
  const std::size_t unpadded = preamble_bytes + text.size() + blanks + 1;
  return blanks + header_alignment - unpadded % header_alignment;
}

}  // namespace

std::optional<std::string> find_npy_descr(DType dtype) {
  const char kind = kind_of(dtype);
  if (kind == 0) return std::nullopt;
  const std::size_t size_bytes = model::row_of(dtype).size_bytes;
  constexpr char native_order = std::endian::native == std::endian::little ? '<' : '>';
  return concat(size_bytes == 1 ? '|' : native_order, kind, size_bytes);
}

std::string npy_header(std::string_view descr, const std::vector<std::int64_t>& shape,
                       NpyOrder order) {
  std::string text =
      concat("{'descr': '", descr,
             "', 'fortran_order': ", order == NpyOrder::column_major ? "True" : "False",
             ", 'shape': ", tuple_text(shape), ", }");
  text.append(blanks_after(text, shape, order), ' ');
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
  out.write(as_bytes(npy_header(*find_npy_descr(written), tensor.layout.shape)));
  Bytes block(block_bytes);
  const std::unique_ptr<model::BlobStream> stream = elements->open(0);
  while (const std::size_t count = stream->read(block)) out.write(ByteView(block).first(count));
}

}  // namespace ckpt::tensor
