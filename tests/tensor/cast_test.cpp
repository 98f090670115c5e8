#include "ckpt/tensor/cast.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "tensor/patterns.hpp"
#include "tensor/sample_tensors.hpp"
#include "tensor/torch_values.hpp"

using namespace ckpt;
using namespace samples;
using tensor::make_cast_blob;

namespace {

DType named(std::string_view name) { return model::find_dtype(name).value(); }

Bytes all_of(const model::Blob& blob) {
  Bytes bytes(static_cast<std::size_t>(blob.size_bytes()));
  model::read_exactly(blob, 0, bytes);
  return bytes;
}

Bytes floats(const std::vector<float>& numbers) { return bytes_of(numbers); }

std::vector<std::uint8_t> cast_to_codes(DType to, const std::vector<float>& numbers) {
  return numbers_of<std::uint8_t>(
      all_of(*make_cast_blob(model::make_memory_blob(floats(numbers)), DType::float32, to)));
}

}  // namespace

TEST_CASE("a cast blob holds what torch's to() gives for every pattern of every float type") {
  for (const torch_values::Cast& cast : torch_values::casts) {
    const auto blob =
        make_cast_blob(model::make_memory_blob(patterns::patterns_of(named(cast.from))),
                       named(cast.from), named(cast.to));
    CAPTURE(cast.from);
    CAPTURE(cast.to);
    CHECK(patterns::checksum_of(named(cast.to), all_of(*blob)) == cast.checksum);
  }
}

// Of whole vectors of float16, machines that can do it round and widen in hardware.
TEST_CASE("elements are cast by formula to the bits that whole vectors give") {
  for (const auto& [from, to] :
       {std::pair(DType::float16, DType::float32), std::pair(DType::float32, DType::float16)}) {
    const Bytes elements = patterns::patterns_of(from);
    const std::size_t in_bytes = model::row_of(from).size_bytes;
    const std::size_t out_bytes = model::row_of(to).size_bytes;
    const std::size_t count = elements.size() / in_bytes;
    Bytes at_once(count * out_bytes);
    tensor::cast_elements(from, to, elements, at_once);
    Bytes one_by_one(at_once.size());
    for (std::size_t i = 0; i < count; ++i)
      tensor::cast_elements(from, to, ByteView(elements).subspan(i * in_bytes, in_bytes),
                            std::span(one_by_one).subspan(i * out_bytes, out_bytes));
    CHECK(one_by_one == at_once);
  }
}

// torch.tensor([1., 464, 500, inf, -inf, nan, -0., 2**-10, 3e38]).to(dtype).view(torch.uint8)
TEST_CASE("what is too large for a float8 overflows as in torch") {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> numbers{1, 464, 500, inf, -inf, -0.0F, 0.0009765625F, 3e38F};
  using Codes = std::vector<std::uint8_t>;
  CHECK(cast_to_codes(DType::float8_e5m2, numbers) == Codes{60, 95, 96, 124, 252, 128, 20, 124});
  CHECK(cast_to_codes(DType::float8_e4m3fn, numbers) == Codes{56, 126, 126, 126, 254, 128, 0, 126});
  CHECK(cast_to_codes(DType::float8_e5m2fnuz, numbers) == Codes{64, 99, 100, 128, 128, 0, 24, 128});
  CHECK(cast_to_codes(DType::float8_e4m3fnuz, numbers) == Codes{64, 128, 128, 128, 128, 0, 1, 128});
  CHECK(cast_to_codes(DType::float8_e8m0fnu, numbers) ==
        Codes{127, 136, 136, 255, 255, 0, 117, 255});
}

// torch.tensor([1.5 - 2j, 70000 + 0.1j]).to(torch.complex32): (1.5, -2), (inf, 0.1)
TEST_CASE("complex numbers are cast part by part") {
  const auto blob = make_cast_blob(model::make_memory_blob(floats({1.5F, -2, 70000, 0.1F})),
                                   DType::complex64, DType::complex32);
  CHECK(numbers_of<std::uint16_t>(all_of(*blob)) ==
        std::vector<std::uint16_t>{0x3e00, 0xc000, 0x7c00, 0x2e66});
}

// torch.tensor([-1, 300, 2**24 + 1, 2**53 + 1, 0]).to(dtype)
TEST_CASE("integers keep their low bits, are rounded to floats, and are true unless 0") {
  const auto source = model::make_memory_blob(
      bytes_of(std::vector<std::int64_t>{-1, 300, (1 << 24) + 1, (std::int64_t{1} << 53) + 1, 0}));
  const auto cast_to = [&](DType to) { return all_of(*make_cast_blob(source, DType::int64, to)); };
  CHECK(numbers_of<std::int8_t>(cast_to(DType::int8)) == std::vector<std::int8_t>{-1, 44, 1, 1, 0});
  CHECK(numbers_of<std::uint16_t>(cast_to(DType::uint16)) ==
        std::vector<std::uint16_t>{65535, 300, 1, 1, 0});
  CHECK(numbers_of<float>(cast_to(DType::float32)) ==
        std::vector<float>{-1, 300, 16777216, 9007199254740992, 0});
  CHECK(numbers_of<double>(cast_to(DType::float64)) ==
        std::vector<double>{-1, 300, 16777217, 9007199254740992, 0});
  CHECK(numbers_of<std::uint8_t>(cast_to(DType::boolean)) ==
        std::vector<std::uint8_t>{1, 1, 1, 1, 0});
}

TEST_CASE("a cast blob opens at any byte and is read in pieces of any size") {
  std::vector<float> numbers(40'000);
  std::iota(numbers.begin(), numbers.end(), 0.0F);
  const auto blob =
      make_cast_blob(model::make_memory_blob(floats(numbers)), DType::float32, DType::float64);
  const Bytes whole = all_of(*blob);
  CHECK(numbers_of<double>(whole)[39'999] == 39'999);
  for (const std::uint64_t offset : {0U, 1U, 7U, 8U, 131'075U, 319'999U, 320'000U}) {
    const auto stream = blob->open(offset);
    Bytes joined;
    for (std::size_t piece = 1;; piece = piece * 3 + 1) {
      Bytes block(piece);
      const std::size_t count = stream->read(block);
      append_bytes(joined, ByteView(block).first(count));
      if (count < piece) break;
    }
    CAPTURE(offset);
    CHECK(joined == Bytes(whole.begin() + static_cast<std::ptrdiff_t>(offset), whole.end()));
  }
}

TEST_CASE("a cast to the same type is the source itself") {
  const auto source = model::make_memory_blob(floats({1, 2}));
  CHECK(make_cast_blob(source, DType::float32, DType::float32) == source);
}

TEST_CASE("casts between kinds of numbers are refused by name") {
  const auto source = model::make_memory_blob(Bytes(6));
  const auto refusal = [&](DType from, DType to) -> std::string {
    try {
      make_cast_blob(source, from, to);
    } catch (const Error& error) {
      return error.message();
    }
    return "cast";
  };
  CHECK(refusal(DType::float32, DType::int64) == "a cast from float32 to int64");
  CHECK(refusal(DType::complex64, DType::boolean) == "a cast from complex64 to bool");
  CHECK(refusal(DType::float32, DType::complex64) == "a cast from float32 to complex64");
  CHECK(refusal(DType::float32, DType::float16) ==
        "6 bytes are not a whole number of float32 elements");
  CHECK(refusal(DType::float16, DType::float32) == "cast");
}
