// The header of a .npy file, a Python literal that is parsed and never evaluated.
//
//   93 'NUMPY' major minor | length, u16 (version 1) or u32 (2 and 3) | literal, blanks, \n | data
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//
// Source: https://github.com/numpy/numpy/blob/v2.0.0/numpy/lib/format.py
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/file.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::formats {

struct NpyHeader {
  int version = 1;         ///< 1 to 3
  std::string descr = {};  ///< "<f4"
  bool is_column_major = false;
  std::vector<std::int64_t> shape = {};
  std::uint64_t data_offset = 0;
};

/// Errors: Error{malformed}; Error{unsupported} for arrays of structs or of a version that nobody
/// knows.
NpyHeader read_npy_header(const File& file);

/// The literal alone.
NpyHeader parse_npy_header(std::string_view literal);

struct NpyType {
  model::DType dtype = model::DType::float32;
  model::ByteOrder byte_order = model::ByteOrder::little;
};

/// Throws Error{unsupported} for what is no number of torch: objects, texts, dates, long doubles,
/// and the nameless bytes ("<V2") that are left of types numpy does not know.
NpyType parse_npy_descr(std::string_view descr);

}  // namespace ckpt::formats
