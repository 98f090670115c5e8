// Tells parameters from buffers. A state dict does not say which of its tensors are which;
// optimizers hold states only for parameters.
#pragma once

#include <cstdint>
#include <string_view>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

enum class Role : std::uint8_t { parameter, buffer };
enum class RoleSource : std::uint8_t {
  declared,  ///< the file says it: a Parameter, or an entry of _parameters or _buffers
  inferred,  ///< from name and dtype: running_mean, num_batches_tracked, an integer dtype, ...
};

/// A role, and how it is known.
struct TensorRole {
  Role role = Role::parameter;
  RoleSource source = RoleSource::inferred;
};

/// The role of the tensor at `path` in a state dict or a module.
TensorRole role_of(const Tree& tree, const KeyPath& path, const Tensor& tensor);

/// Judges by the last part of the name and the dtype only.
bool looks_like_buffer(std::string_view name, const Tensor& tensor);

}  // namespace ckpt::model
