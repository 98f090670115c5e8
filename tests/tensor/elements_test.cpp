#include "ckpt/tensor/elements.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "tensor/patterns.hpp"
#include "tensor/torch_values.hpp"

using namespace ckpt;
using namespace ckpt::tensor;
using model::DType;

namespace {

DType named(std::string_view name) { return model::find_dtype(name).value(); }

template <class Number>
Bytes bytes_of(Number number) {
  Bytes bytes(sizeof number);
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

Bytes encoded(DType dtype, const tensor::Number& number) {
  Bytes bytes(model::row_of(dtype).size_bytes);
  encode(dtype, number, bytes);
  return bytes;
}

std::string text_of_code(DType dtype, std::uint64_t code) {
  return element_text(dtype, bytes_of(code));
}

std::string refusal(DType dtype, const tensor::Number& number) {
  try {
    encoded(dtype, number);
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every pattern of every float type converts to every other as torch converts it") {
  for (const torch_values::Cast& cast : torch_values::casts) {
    const DType from = named(cast.from);
    const DType to = named(cast.to);
    const Bytes source = patterns::patterns_of(from);
    const std::size_t from_size = patterns::size_of(from);
    const std::size_t to_size = patterns::size_of(to);
    Bytes result(source.size() / from_size * to_size);
    for (std::size_t i = 0; i < source.size() / from_size; ++i)
      encode(to, decode(from, ByteView(source).subspan(i * from_size)),
             std::span(result).subspan(i * to_size));
    CAPTURE(cast.from);
    CAPTURE(cast.to);
    CHECK(patterns::checksum_of(to, result) == cast.checksum);
  }
}

TEST_CASE("every float16 and sampled float32 is printed with numpy's shortest digits") {
  const auto checksum = [](DType dtype, std::size_t step) {
    const Bytes source = patterns::patterns_of(dtype);
    const std::size_t size = patterns::size_of(dtype);
    patterns::Checksum sum;
    for (std::size_t i = 0; i < source.size(); i += size * step) {
      if (i > 0) sum.add('\n');
      for (const char letter : element_text(dtype, ByteView(source).subspan(i, size)))
        sum.add(static_cast<std::uint8_t>(letter));
    }
    return sum.value();
  };
  CHECK(checksum(DType::float16, 1) == torch_values::float16_texts);
  CHECK(checksum(DType::float32, 512) == torch_values::float32_texts);
}

// numpy.str_ of float64 and float32; the nearest bfloat16 of 0.1 is 0x3dcd, of float8_e4m3fn 0x1d.
TEST_CASE("a float is printed with as many digits as its type needs") {
  CHECK(element_text(DType::float64, bytes_of(0.1)) == "0.1");
  CHECK(element_text(DType::float64, bytes_of(1.0 / 3)) == "0.3333333333333333");
  CHECK(element_text(DType::float32, bytes_of(0.1F)) == "0.1");
  CHECK(element_text(DType::float32, bytes_of(1.0F / 3)) == "0.33333334");
  CHECK(element_text(DType::float32, bytes_of(1e-45F)) == "1e-45");
  CHECK(element_text(DType::float32, bytes_of(-0.0F)) == "-0.0");
  CHECK(text_of_code(DType::float16, 0x3c00) == "1.0");
  CHECK(text_of_code(DType::float16, 0x7bff) == "65500.0");
  CHECK(text_of_code(DType::float16, 0xfc00) == "-inf");
  CHECK(text_of_code(DType::bfloat16, 0x3dcd) == "0.1");
  CHECK(text_of_code(DType::bfloat16, 0x7f7f) == "3.39e+38");
  CHECK(text_of_code(DType::float8_e4m3fn, 0x1d) == "0.1");
  CHECK(text_of_code(DType::float8_e4m3fn, 0x7e) == "450.0");
  CHECK(text_of_code(DType::float8_e5m2fnuz, 0x80) == "nan");
  CHECK(text_of_code(DType::float8_e8m0fnu, 0x7f) == "1.0");
}

TEST_CASE("every float of 16 bits or fewer reads back from its text") {
  for (const DType dtype :
       {DType::bfloat16, DType::float8_e5m2, DType::float8_e4m3fn, DType::float8_e5m2fnuz,
        DType::float8_e4m3fnuz, DType::float8_e8m0fnu}) {
    const Bytes source = patterns::patterns_of(dtype);
    const std::size_t size = patterns::size_of(dtype);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < source.size(); i += size) {
      const ByteView element = ByteView(source).subspan(i, size);
      const double value = decode_real(dtype, element);
      if (std::isnan(value)) continue;
      const Bytes again = encoded(dtype, std::stod(element_text(dtype, element)));
      wrong += std::ranges::equal(again, element) ? 0U : 1U;
    }
    CAPTURE(model::row_of(dtype).name);
    CHECK(wrong == 0);
  }
}

TEST_CASE("integers are exact to the last bit") {
  using Limits = std::numeric_limits<std::int64_t>;
  CHECK(decode(DType::int64, bytes_of(Limits::min())) == Number{Limits::min()});
  CHECK(decode(DType::uint64, bytes_of(~std::uint64_t{0})) == Number{~std::uint64_t{0}});
  CHECK(decode(DType::int8, bytes_of(std::int8_t{-128})) == Number{std::int64_t{-128}});
  CHECK(decode(DType::uint16, bytes_of(std::uint16_t{65535})) == Number{std::uint64_t{65535}});
  CHECK(decode(DType::qint32, bytes_of(std::int32_t{-7})) == Number{std::int64_t{-7}});
  CHECK(decode(DType::quint8, bytes_of(std::uint8_t{200})) == Number{std::uint64_t{200}});
  CHECK(element_text(DType::int64, bytes_of(Limits::min())) == "-9223372036854775808");
  CHECK(element_text(DType::uint64, bytes_of(~std::uint64_t{0})) == "18446744073709551615");
  CHECK(encoded(DType::int64, Limits::min()) == bytes_of(Limits::min()));
  CHECK(encoded(DType::uint64, ~std::uint64_t{0}) == bytes_of(~std::uint64_t{0}));
  CHECK(encoded(DType::int16, -2.0) == bytes_of(std::int16_t{-2}));
}

// str(torch.tensor(1-2j)) has the parts; complex32 as two float16.
TEST_CASE("complex numbers, booleans and bits have their own text") {
  const std::array<float, 2> parts{1.5F, -2.0F};
  CHECK(element_text(DType::complex64, bytes_of(parts)) == "1.5-2.0j");
  CHECK(decode(DType::complex64, bytes_of(parts)) == Number{std::complex<double>(1.5, -2)});
  CHECK(element_text(DType::complex32, bytes_of(std::uint32_t{0xbc003c00})) == "1.0-1.0j");
  CHECK(element_text(DType::bcomplex32, bytes_of(std::uint32_t{0x3dcd3f80})) == "1.0+0.1j");
  CHECK(encoded(DType::complex32, std::complex<double>(1, -1)) ==
        bytes_of(std::uint32_t{0xbc003c00}));
  CHECK(text_of_code(DType::boolean, 1) == "True");
  CHECK(text_of_code(DType::boolean, 0) == "False");
  CHECK(text_of_code(DType::bits8, 0x1f) == "0x1f");
  CHECK(text_of_code(DType::bits16, 0xbeef) == "0xbeef");
  CHECK(text_of_code(DType::quint4x2, 0x21) == "33");
}

TEST_CASE("a number that a type cannot hold is refused by name") {
  CHECK(refusal(DType::int8, std::int64_t{128}) == "128 is not a value of int8");
  CHECK(refusal(DType::int8, std::int64_t{-128}) == "accepted");
  CHECK(refusal(DType::uint8, std::int64_t{-1}) == "-1 is not a value of uint8");
  CHECK(refusal(DType::int64, std::uint64_t{1} << 63) ==
        "9223372036854775808 is not a value of int64");
  CHECK(refusal(DType::int64, 0.5) == "0.5 is not a value of int64");
  CHECK(refusal(DType::uint64, 18446744073709551616.0) ==
        "1.8446744073709552e+19 is not a value of uint64");
  CHECK(refusal(DType::int32, std::numeric_limits<double>::quiet_NaN()) ==
        "nan is not a value of int32");
  CHECK(refusal(DType::boolean, std::int64_t{2}) == "2 is not a value of bool");
  CHECK(refusal(DType::float32, std::complex<double>(0, 1)) ==
        "0.0+1.0j is not a value of float32");
}
