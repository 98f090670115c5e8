// Arrays that numpy writes at protocol 5: _frombuffer(buffer, dtype, shape, order). At every other
// protocol numpy writes _reconstruct(ndarray, (0,), b'b') and the state (1, shape, dtype,
// is_fortran, bytes).
#pragma once

#include <optional>
#include <string_view>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

struct BufferArray {
  std::string_view package;               ///< "numpy._core." or "numpy.core."
  model::NodeId buffer = model::no_node;  ///< a bytes or byte_array node
  model::NodeId dtype = model::no_node;
  model::NodeId shape = model::no_node;
  bool is_fortran = false;
};

/// Nothing when the node is not this call.
std::optional<BufferArray> find_buffer_array(const model::Tree& tree, model::NodeId id);

}  // namespace ckpt::torch
