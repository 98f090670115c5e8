// Elements of any real dtype as a chunk of the narrowest type in which sums can start: float32
// where it holds every element exactly, else float64, else 64-bit integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

enum class ChunkType : std::uint8_t {
  float32,  ///< floats but float64; bool and integers of up to 16 bits
  float64,  ///< float64; integers of 32 bits
  signed64,
  unsigned64,
  complex,  ///< no chunk: elements are taken one by one
  none,     ///< elements are no numbers
};

ChunkType chunk_type(model::DType dtype);

/// Loads out.size() elements of a dtype with that chunk type; a bool is 0 or 1.
void load_chunk(model::DType dtype, const std::byte* elements, std::span<float> out);
void load_chunk(model::DType dtype, const std::byte* elements, std::span<double> out);

}  // namespace ckpt::tensor
