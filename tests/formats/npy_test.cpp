#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "formats/npy/header.hpp"

namespace ckpt::formats {

namespace {

std::string error_of(std::string_view literal) {
  return samples::error_of([&] { parse_npy_header(literal); });
}

std::string error_of_descr(std::string_view descr) {
  return samples::error_of([&] { parse_npy_descr(descr); });
}

}  // namespace

TEST_CASE("a header has three keys in any order, in either quotes, with blanks anywhere") {
  for (const char* literal : {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }  \n",
                              "{\"shape\":(2,3,),\"fortran_order\":True,\"descr\":\"<f4\"}",
                              " { 'shape' : ( 2L , 3L ) , 'descr':'<f4', 'fortran_order' :True}"}) {
    const NpyHeader header = parse_npy_header(literal);
    CHECK(header.descr == "<f4");
    CHECK(header.is_column_major);
    CHECK(header.shape == std::vector<std::int64_t>{2, 3});
  }
  CHECK(parse_npy_header("{'descr': '|b1', 'fortran_order': False, 'shape': ()}").shape.empty());
}

TEST_CASE("a header says at which byte it is none") {
  CHECK(error_of("['<f4']") == "malformed: header: byte 0: expected a dict");
  CHECK(error_of("{'descr': 4}") == "malformed: header: byte 10: expected a type in quotes");
  CHECK(error_of("{'descr': '<f4") == "malformed: header: byte 14: expected the end of a text");
  CHECK(error_of("{'descr': '\\x3cf4'}") ==
        "malformed: header: byte 10: expected a text without escapes");
  CHECK(error_of("{'fortran_order': 0}") == "malformed: header: byte 18: expected True or False");
  CHECK(error_of("{'shape': [1]}") == "malformed: header: byte 10: expected a tuple");
  CHECK(error_of("{'shape': (1)}") == "malformed: header: byte 12: expected ','");
  CHECK(error_of("{'shape': (-1,)}") == "malformed: header: byte 11: expected a size below 2^63");
  CHECK(error_of("{'shape': (01,)}") == "malformed: header: byte 11: expected a size below 2^63");
  CHECK(error_of("{'shape': (9223372036854775808,)}") ==
        "malformed: header: byte 11: expected a size below 2^63");
  CHECK(error_of("{'x': 1}") == "malformed: header: unknown key 'x'");
  CHECK(error_of("{'descr': 'f4', 'descr': 'f4'}") ==
        "malformed: header: the key 'descr' comes twice");
  CHECK(error_of("{'descr': 'f4', 'shape': ()}") ==
        "malformed: header: the key 'fortran_order' is missing");
  CHECK(error_of("{'descr': 'f4', 'fortran_order': True, 'shape': ()}0") ==
        "malformed: header: byte 51: expected nothing behind the dict");
  CHECK(error_of("{'descr': [('a', '<f4')]}") ==
        "unsupported: an array of structs, which torch has not");
}

TEST_CASE("a type has a byte order, which elements of one byte have not") {
  CHECK(parse_npy_descr(">f8").dtype == model::DType::float64);
  CHECK(parse_npy_descr(">f8").byte_order == model::ByteOrder::big);
  CHECK(parse_npy_descr(">u1").byte_order == parse_npy_descr("|u1").byte_order);
  CHECK(parse_npy_descr("complex64").dtype == model::DType::complex64);
  CHECK(parse_npy_descr("bfloat16").dtype == model::DType::bfloat16);
}

TEST_CASE("a type that torch has not is refused with what it is") {
  CHECK(error_of_descr("|O") ==
        "unsupported: an array of '|O', Python objects, which only unpickling them would make");
  CHECK(error_of_descr("<V2") ==
        "unsupported: an array of '<V2', nameless bytes: numpy lost the "
        "type (bfloat16, float8) when it was saved");
  CHECK(error_of_descr("<f16") == "unsupported: an array of '<f16', a type that torch has not");
  CHECK(error_of_descr("") == "unsupported: an array of '', a type that torch has not");
}

}  // namespace ckpt::formats
