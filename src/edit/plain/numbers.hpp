// Single numbers as numpy stores them, as the values that Python has for them.
#pragma once

#include <string_view>

#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

/// Makes `id` the number in `bytes`: one element of `dtype`, little endian. Returns the name of
/// what it has become.
std::string_view fill_number(model::Tree& tree, model::NodeId id, model::DType dtype,
                             std::string_view bytes);

}  // namespace ckpt::edit
