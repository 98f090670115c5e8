#include "ckpt/tensor/npy.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/error.hpp"
#include "tensor/sample_tensors.hpp"

using namespace ckpt;
using namespace samples;
using tensor::npy_header;

namespace {

Bytes written(const Sample& sample) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "x.npy";
  AtomicFile out(path, Overwrite::no);
  tensor::write_npy(out, sample.tree.storage_of(sample.tensor), sample.tensor);
  out.commit();
  const auto file = File::open(path);
  return file->read_bytes(0, file->size_bytes());
}

std::string header_of(const Sample& sample) {
  const Bytes bytes = written(sample);
  return std::string(as_text(bytes).substr(10, as_text(bytes).find(' ', 60) - 10));
}

Bytes elements_in(const Sample& sample, std::size_t header_bytes) {
  const Bytes bytes = written(sample);
  return Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes), bytes.end());
}

}  // namespace

// numpy.lib.format, version 1.0: "It must be divisible by 64 for alignment purposes"
TEST_CASE("a header says type and shape and ends on a multiple of 64 bytes") {
  const std::string header = npy_header("<f4", {2, 3});
  CHECK(header.size() == 128);
  CHECK(header.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  CHECK(header.substr(8, 2) == std::string("\x76\x00", 2));
  CHECK(header.substr(10, 60) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } ");
  CHECK(header.back() == '\n');
  CHECK(npy_header("<f4", {}).find("'shape': (), }") != std::string::npos);
  CHECK(npy_header("<f4", {7}).find("'shape': (7,), }") != std::string::npos);
}

TEST_CASE("a shape too long for a header of version 1.0 is refused") {
  CHECK_THROWS_WITH_AS(npy_header("<f4", std::vector<std::int64_t>(30'000, 1)),
                       "a .npy header of 90102 bytes, at most 65535", Error);
}

TEST_CASE("every type has numpy's name or that of the type it is widened to") {
  const auto descr = [](DType dtype) {
    return written(sample_of(Bytes(16), dtype, {{1}, {1}, 0}));
  };
  const auto name = [&](DType dtype) {
    const Bytes bytes = descr(dtype);
    const std::string_view text = as_text(bytes).substr(10);
    return std::string(text.substr(11, text.find('\'', 11) - 11));
  };
  CHECK(name(DType::float64) == "<f8");
  CHECK(name(DType::float16) == "<f2");
  CHECK(name(DType::bfloat16) == "<f4");
  CHECK(name(DType::float8_e4m3fn) == "<f4");
  CHECK(name(DType::int64) == "<i8");
  CHECK(name(DType::uint8) == "|u1");
  CHECK(name(DType::int8) == "|i1");
  CHECK(name(DType::boolean) == "|b1");
  CHECK(name(DType::complex128) == "<c16");
  CHECK(name(DType::complex64) == "<c8");
  CHECK(name(DType::complex32) == "<c8");
  CHECK(name(DType::uint16) == "<u2");
}

TEST_CASE("elements follow in logical order") {
  const Sample turned = sample_of(counting(6), DType::int32, {{3, 2}, {1, 3}, 0});
  CHECK(numbers_of<std::int32_t>(elements_in(turned, 128)) ==
        std::vector<std::int32_t>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("what numpy has no type for is widened exactly") {
  const Sample brain = flat(DType::bfloat16, std::vector<std::uint16_t>{0x3dcd, 0xff80, 0x0001});
  CHECK(numbers_of<std::uint32_t>(elements_in(brain, 128)) ==
        std::vector<std::uint32_t>{0x3dcd0000, 0xff800000, 0x00010000});
  const Sample complex = flat(DType::complex32, std::vector<std::uint16_t>{0x3c00, 0xc000});
  CHECK(numbers_of<float>(elements_in(complex, 128)) == std::vector<float>{1, -2});
}

TEST_CASE("types that numpy cannot hold are refused by name") {
  CHECK_THROWS_WITH_AS(header_of(flat(DType::qint8, std::vector<std::int8_t>{1})),
                       "a .npy file of qint8: numpy has no such type", Error);
  CHECK_THROWS_WITH_AS(header_of(flat(DType::bits8, std::vector<std::int8_t>{1})),
                       "a .npy file of bits8: numpy has no such type", Error);
}
