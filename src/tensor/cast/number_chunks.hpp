// Loads elements of any real dtype as the narrowest type in which a sum can start: float32 where it
// holds every element exactly, else float64, else 64-bit integers. Narrow numbers mean more numbers
// per vector instruction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

enum class ChunkType : std::uint8_t {
  float32,  ///< all floats but float64; bool; integers of up to 16 bits
  float64,  ///< float64; integers of 32 bits
  signed64,
  unsigned64,
  complex,  ///< elements are handled one by one
  none,     ///< elements are not numbers
};

ChunkType chunk_type(model::DType dtype);

/// Loads out.size() elements of a dtype with this chunk type. A bool is 0 or 1.
void load_chunk(model::DType dtype, const std::byte* elements, std::span<float> out);
void load_chunk(model::DType dtype, const std::byte* elements, std::span<double> out);

}  // namespace ckpt::tensor
